package test;

import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapred.*;
import org.apache.hadoop.util.Progressable;

/** Classes of a user's own: whole files as records, values before keys, all on the last reducer. */
public class Custom {
  public static class WholeFile extends FileInputFormat<Text, Text> {
    @Override
    protected boolean isSplitable(FileSystem fs, Path path) {
      return false;
    }

    @Override
    public RecordReader<Text, Text> getRecordReader(InputSplit split, JobConf conf, Reporter r)
        throws IOException {
      final FileSplit file = (FileSplit) split;
      final byte[] data = new byte[(int) file.getLength()];
      file.getPath().getFileSystem(conf).open(file.getPath()).readFully(file.getStart(), data);
      return new RecordReader<Text, Text>() {
        private boolean isDone = false;

        public boolean next(Text key, Text value) {
          if (isDone) {
            return false;
          }
          key.set(file.getPath().getName());
          value.set(new String(data).trim().replace('\n', '|'));
          return isDone = true;
        }

        public Text createKey() { return new Text(); }
        public Text createValue() { return new Text(); }
        public long getPos() { return 0; }
        public float getProgress() { return 0; }
        public void close() {}
      };
    }
  }

  public static class Swapped extends TextOutputFormat<Text, Text> {
    @Override
    public RecordWriter<Text, Text> getRecordWriter(FileSystem f, JobConf c, String n, Progressable p)
        throws IOException {
      final RecordWriter<Text, Text> writer = super.getRecordWriter(f, c, n, p);
      return new RecordWriter<Text, Text>() {
        public void write(Text key, Text value) throws IOException { writer.write(value, key); }
        public void close(Reporter reporter) throws IOException { writer.close(reporter); }
      };
    }
  }

  public static class Last implements Partitioner<Text, Text> {
    public int getPartition(Text key, Text value, int partitions) { return partitions - 1; }
    public void configure(JobConf conf) {}
  }
}
