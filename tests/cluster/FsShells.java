import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FsShell;

/** Runs FsShell for each line of standard input, whose arguments are parted by \x1f. */
public class FsShells {
  public static void main(String[] args) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      FsShell shell = new FsShell(new Configuration());
      int code = shell.run(line.split("\u001f", -1));
      System.out.print("\u001e" + code + "\u001e");
      System.out.flush();
    }
  }
}
