import java.io.*;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.io.*;
import org.apache.hadoop.io.compress.*;
import org.apache.hadoop.util.ReflectionUtils;
import org.apache.hadoop.typedbytes.TypedBytesWritable;

/** Writes the fixture files beside this one with the classes of Hadoop itself. */
public class WriteFixtures {
  static Configuration conf = new Configuration();
  static SequenceFile.Writer writer(String name, Class<?> k, Class<?> v, SequenceFile.CompressionType t, CompressionCodec c) throws Exception {
    return SequenceFile.createWriter(conf, SequenceFile.Writer.file(new Path(name)), SequenceFile.Writer.keyClass(k),
      SequenceFile.Writer.valueClass(v), SequenceFile.Writer.compression(t, c), SequenceFile.Writer.syncInterval(200));
  }
  static void scalars(String root) throws Exception {
    String dir = root + "/sequencefile";
    Writable[][] all = {
      {new Text(""), new Text("héllo \uD83D\uDE00"), new Text("x".repeat(300))},
      {new BytesWritable(new byte[0]), new BytesWritable(new byte[]{0, -1, 10})},
      {new IntWritable(0), new IntWritable(Integer.MIN_VALUE), new IntWritable(77)},
      {new LongWritable(1), new LongWritable(Long.MIN_VALUE), new LongWritable(Long.MAX_VALUE)},
      {new VIntWritable(127), new VIntWritable(-113), new VIntWritable(Integer.MAX_VALUE)},
      {new VLongWritable(128), new VLongWritable(-112), new VLongWritable(Long.MIN_VALUE)},
      {new FloatWritable(1.5f), new FloatWritable(-0.0f)},
      {new DoubleWritable(0.1), new DoubleWritable(Double.POSITIVE_INFINITY)},
      {new BooleanWritable(true), new BooleanWritable(false)},
      {new ByteWritable((byte) -5)}, {new ShortWritable((short) -300)}, {NullWritable.get()},
      {map()}, {typed(), typed2()},
    };
    for (Writable[] values : all) {
      String name = values[0].getClass().getSimpleName();
      try (SequenceFile.Writer w = writer(dir + "/" + name + ".seq", IntWritable.class, values[0].getClass(), SequenceFile.CompressionType.NONE, null)) {
        for (int i = 0; i < values.length; i++) w.append(new IntWritable(i), values[i]);
      }
    }
  }
  static MapWritable map() {
    MapWritable m = new MapWritable();
    m.put(new Text("a"), new IntWritable(1)); m.put(new Text("d"), new DoubleWritable(2.5));
    MapWritable in = new MapWritable(); in.put(new VIntWritable(3), NullWritable.get()); in.put(new VLongWritable(4), new ShortWritable((short) 9));
    m.put(new Text("m"), in); m.put(new BytesWritable(new byte[]{1}), new BooleanWritable(true));
    SortedMapWritable<Text> s = new SortedMapWritable<>(); s.put(new Text("z"), new FloatWritable(1)); m.put(new LongWritable(5), s);
    return m;
  }
  static TypedBytesWritable typed() {
    TypedBytesWritable t = new TypedBytesWritable();
    List<Object> l = new ArrayList<>(Arrays.asList(1, 2L, 3.5f, 4.5, "five", true, (byte) 6));
    TreeMap<String, Object> m = new TreeMap<>(); m.put("k", l); m.put("l", new LinkedList<Object>(Arrays.asList("x")));
    t.setValue(m); return t;
  }
  static TypedBytesWritable typed2() { TypedBytesWritable t = new TypedBytesWritable(); t.setValue("text"); return t; }
  static void codecs(String dir) throws Exception {
    CompressionCodec[] cs = {new DefaultCodec(), new GzipCodec(), new BZip2Codec(), new SnappyCodec(), new Lz4Codec()};
    for (CompressionCodec c : cs) {
      ReflectionUtils.setConf(c, conf);
      for (SequenceFile.CompressionType t : new SequenceFile.CompressionType[]{SequenceFile.CompressionType.RECORD, SequenceFile.CompressionType.BLOCK}) {
        String name = dir + "/sequencefile/" + c.getClass().getSimpleName() + "-" + t + ".seq";
        conf.setInt("io.seqfile.compress.blocksize", 2000);
        try (SequenceFile.Writer w = writer(name, Text.class, LongWritable.class, t, c)) {
          for (int i = 0; i < (t == SequenceFile.CompressionType.BLOCK ? 300 : 25); i++) w.append(new Text("key" + i), new LongWritable(i * i));
        }
        try (SequenceFile.Writer w = writer(name.replace(".seq", "-null.seq"), NullWritable.class, NullWritable.class, t, c)) {
          for (int i = 0; i < 3; i++) w.append(NullWritable.get(), NullWritable.get());
        }
      }
      // plain compressed text
      String name = dir + "/compressed/text" + c.getDefaultExtension();
      try (OutputStream o = c.createOutputStream(new FileOutputStream(name))) {
        o.write("the same line\n".repeat(30000).getBytes("UTF-8")); // one write, so block codecs make several chunks
      }
      try (OutputStream o = c.createOutputStream(new FileOutputStream(dir + "/compressed/empty" + c.getDefaultExtension()))) { }
    }
    try (SequenceFile.Writer w = SequenceFile.createWriter(conf, SequenceFile.Writer.file(new Path(dir + "/sequencefile/plain.seq")), SequenceFile.Writer.keyClass(Text.class),
      SequenceFile.Writer.valueClass(Text.class), SequenceFile.Writer.compression(SequenceFile.CompressionType.NONE), SequenceFile.Writer.syncInterval(200),
      SequenceFile.Writer.metadata(new SequenceFile.Metadata(new TreeMap<Text, Text>(Collections.singletonMap(new Text("made"), new Text("by hand"))))))) {
      for (int i = 0; i < 60; i++) w.append(new Text("key" + i), new Text("value " + i));
    }
  }
  public static void main(String[] args) throws Exception {
    scalars(args[0]);
    codecs(args[0]);
  }
}
