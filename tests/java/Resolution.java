import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DecoderFactory;

/**
 * Reads data of one schema with another: Resolution CASES READ.
 *
 * <p>The two files are described in tests/resolution/others.rs.
 */
public final class Resolution {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      JsonNode pair = json.readTree(line);
      Schema writer = new Schema.Parser().parse(pair.get("writer").toString());
      Schema reader = new Schema.Parser().parse(pair.get("reader").toString());
      var datumReader = new GenericDatumReader<Object>(writer, reader, new GenericData());
      ArrayNode read = NODES.arrayNode();
      for (JsonNode datum : pair.get("data")) {
        byte[] bytes = HexFormat.of().parseHex(datum.textValue());
        try {
          Object value = datumReader.read(null, DecoderFactory.get().binaryDecoder(bytes, null));
          read.add(NODES.arrayNode().add(neutral(reader, value)));
        } catch (AvroRuntimeException error) {
          read.add(String.valueOf(error.getMessage()));
        }
      }
      lines.add(read.toString());
    }
    Files.write(Path.of(args[1]), lines);
  }

  private static JsonNode neutral(Schema schema, Object value) {
    switch (schema.getType()) {
      case NULL:
        return NODES.nullNode();
      case BOOLEAN:
        return NODES.booleanNode((Boolean) value);
      case INT:
      case LONG:
      case STRING:
      case ENUM:
        return NODES.textNode(value.toString());
      case FLOAT:
        return NODES.textNode(HexFormat.of().toHexDigits(Float.floatToIntBits((Float) value)));
      case DOUBLE:
        return NODES.textNode(HexFormat.of().toHexDigits(Double.doubleToLongBits((Double) value)));
      case BYTES:
        ByteBuffer buffer = ((ByteBuffer) value).duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return NODES.textNode(HexFormat.of().formatHex(bytes));
      case FIXED:
        return NODES.textNode(HexFormat.of().formatHex(((GenericFixed) value).bytes()));
      case ARRAY:
        ArrayNode items = NODES.arrayNode();
        ((Iterable<?>) value).forEach(item -> items.add(neutral(schema.getElementType(), item)));
        return items;
      case MAP:
        ObjectNode entries = NODES.objectNode();
        ((Map<?, ?>) value).forEach((key, v) -> entries.set(key.toString(), neutral(schema.getValueType(), v)));
        return entries;
      case RECORD:
        ArrayNode fields = NODES.arrayNode();
        for (Schema.Field field : schema.getFields()) {
          fields.add(neutral(field.schema(), ((IndexedRecord) value).get(field.pos())));
        }
        return fields;
      case UNION:
        int index = GenericData.get().resolveUnion(schema, value);
        return NODES.arrayNode().add(index).add(neutral(schema.getTypes().get(index), value));
      default:
        throw new IllegalStateException(schema.getType().toString());
    }
  }
}
