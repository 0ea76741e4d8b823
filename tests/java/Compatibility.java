import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;

/**
 * What Avro's Java implementation finds incompatible: Compatibility FILE.
 *
 * <p>The file's lines are a reader's and a writer's schema in turn; for each pair one line is printed, an array of [type,
 * path, message], or null if one of the two is no schema.
 */
public final class Compatibility {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    List<String> lines = Files.readAllLines(Path.of(args[0]));
    for (int n = 0; n + 1 < lines.size(); n += 2) {
      Schema reader;
      Schema writer;
      try {
        reader = new Schema.Parser().parse(lines.get(n));
        writer = new Schema.Parser().parse(lines.get(n + 1));
      } catch (AvroRuntimeException refused) {
        out.println("null");
        continue;
      }
      ArrayNode found = JSON.createArrayNode();
      var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
      for (SchemaCompatibility.Incompatibility one : result.getIncompatibilities()) {
        found.addArray().add(one.getType().toString()).add(one.getLocation()).add(one.getMessage());
      }
      out.println(found);
    }
    out.flush();
  }
}
