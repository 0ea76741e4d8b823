import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.ISO_LOCAL_DATE;
import static java.time.temporal.ChronoField.NANO_OF_SECOND;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.util.Utf8;

/**
 * Avro's Java implementation beside ours: Peer FOLDER.
 *
 * <p>The files of the folder and the neutral form of values are described in tests/interop/neutral.rs.
 */
public final class Peer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private static final List<Conversion<?>> LOGICAL =
      List.of(
          new Conversions.DecimalConversion(),
          new Conversions.BigDecimalConversion(),
          new Conversions.UUIDConversion(),
          new TimeConversions.DateConversion(),
          new TimeConversions.TimeMillisConversion(),
          new TimeConversions.TimeMicrosConversion(),
          new TimeConversions.TimestampMillisConversion(),
          new TimeConversions.TimestampMicrosConversion(),
          new TimeConversions.TimestampNanosConversion(),
          new TimeConversions.LocalTimestampMillisConversion(),
          new TimeConversions.LocalTimestampMicrosConversion(),
          new TimeConversions.LocalTimestampNanosConversion());

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    for (int n = 0; Files.exists(folder.resolve(n + ".avsc")); n++) {
      Schema schema = new Schema.Parser().parse(Files.readString(folder.resolve(n + ".avsc")));
      canonical(schema, folder.resolve(n + ".canonical"));
      read(schema, folder, n);
      readLogical(folder, n);
      List<Object> data = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve(n + ".values"))) {
        data.add(datum(schema, JSON.readTree(line)));
      }
      write(schema, data, folder.resolve(n + ".written.avro"), n % 2 == 1);
      writeJson(schema, data, folder.resolve(n + ".written.json"));
    }
  }

  /** The canonical form and, in a second line, its fingerprint. */
  private static void canonical(Schema schema, Path to) throws Exception {
    String form = SchemaNormalization.toParsingForm(schema);
    Files.writeString(to, form + "\n" + SchemaNormalization.parsingFingerprint64(schema) + "\n");
  }

  private static void read(Schema schema, Path folder, int n) throws Exception {
    GenericData model = new GenericData();
    List<String> values = new ArrayList<>();
    Path container = folder.resolve(n + ".avro");
    var reader = new GenericDatumReader<Object>(null, null, model);
    try (var file = new DataFileReader<Object>(container.toFile(), reader)) {
      for (Object value : file) {
        values.add(neutral(file.getSchema(), value).toString());
      }
    }
    Files.write(folder.resolve(n + ".read"), values);

    values.clear();
    var jsonReader = new GenericDatumReader<Object>(schema, schema, model);
    for (String line : Files.readAllLines(folder.resolve(n + ".json"))) {
      if (line.isEmpty()) {
        values.add("");
      } else {
        var decoder = DecoderFactory.get().jsonDecoder(schema, line);
        values.add(neutral(schema, jsonReader.read(null, decoder)).toString());
      }
    }
    Files.write(folder.resolve(n + ".read-json"), values);
  }

  /** The texts of all values of logical types, in the order in which they stand in the data; a map's by its keys. */
  private static void readLogical(Path folder, int n) throws Exception {
    GenericData model = new GenericData();
    LOGICAL.forEach(model::addLogicalTypeConversion);
    List<String> lines = new ArrayList<>();
    var reader = new GenericDatumReader<Object>(null, null, model);
    try (var file = new DataFileReader<Object>(folder.resolve(n + ".avro").toFile(), reader)) {
      for (Object value : file) {
        ArrayNode texts = NODES.arrayNode();
        logical(file.getSchema(), value, model, texts);
        lines.add(texts.toString());
      }
    }
    Files.write(folder.resolve(n + ".logical"), lines);
  }

  private static void logical(Schema schema, Object value, GenericData model, ArrayNode texts) {
    if (schema.getLogicalType() != null && model.getConversionFor(schema.getLogicalType()) != null) {
      texts.add(text(schema.getLogicalType().getName(), value));
      return;
    }
    switch (schema.getType()) {
      case ARRAY:
        ((Iterable<?>) value).forEach(item -> logical(schema.getElementType(), item, model, texts));
        break;
      case MAP:
        var sorted = new TreeMap<String, Object>();
        ((Map<?, ?>) value).forEach((key, v) -> sorted.put(HexFormat.of().formatHex(key.toString().getBytes(UTF_8)), v));
        sorted.values().forEach(v -> logical(schema.getValueType(), v, model, texts));
        break;
      case RECORD:
        for (Schema.Field field : schema.getFields()) {
          logical(field.schema(), ((IndexedRecord) value).get(field.pos()), model, texts);
        }
        break;
      case UNION:
        logical(schema.getTypes().get(model.resolveUnion(schema, value)), value, model, texts);
        break;
      default:
    }
  }

  private static String text(String logical, Object value) {
    if (value instanceof BigDecimal) {
      return ((BigDecimal) value).toPlainString();
    }
    if (!(value instanceof TemporalAccessor) || value instanceof LocalDate) {
      return value.toString();
    }
    int digits = logical.endsWith("millis") ? 3 : logical.endsWith("micros") ? 6 : 9;
    var time = new DateTimeFormatterBuilder().appendPattern("HH:mm:ss").appendFraction(NANO_OF_SECOND, digits, digits, true);
    if (value instanceof LocalTime) {
      return time.toFormatter().format((LocalTime) value);
    }
    var format = new DateTimeFormatterBuilder().append(ISO_LOCAL_DATE).appendLiteral('T').append(time.toFormatter());
    if (value instanceof Instant) {
      return format.toFormatter().format(((Instant) value).atOffset(ZoneOffset.UTC)) + "Z";
    }
    return format.toFormatter().format((LocalDateTime) value);
  }

  /** Blocked: arrays and maps are written in several blocks, each with its size in bytes. */
  private static void write(Schema schema, List<Object> data, Path to, boolean blocked) throws Exception {
    var writer = new GenericDatumWriter<Object>(schema, new GenericData());
    var factory = new EncoderFactory().configureBlockSize(64);
    try (var file = new DataFileWriter<Object>(writer)) {
      file.setCodec(blocked ? CodecFactory.deflateCodec(6) : CodecFactory.nullCodec());
      file.create(schema, to.toFile());
      for (Object value : data) {
        if (blocked) {
          var bytes = new ByteArrayOutputStream();
          BinaryEncoder encoder = factory.blockingBinaryEncoder(bytes, null);
          writer.write(value, encoder);
          encoder.flush();
          file.appendEncoded(ByteBuffer.wrap(bytes.toByteArray()));
        } else {
          file.append(value);
        }
      }
    }
  }

  private static void writeJson(Schema schema, List<Object> data, Path to) throws Exception {
    var writer = new GenericDatumWriter<Object>(schema, new GenericData());
    try (OutputStream out = Files.newOutputStream(to)) {
      for (Object value : data) {
        var line = new ByteArrayOutputStream();
        JsonEncoder encoder = EncoderFactory.get().jsonEncoder(schema, line, false);
        writer.write(value, encoder);
        encoder.flush();
        out.write(line.toByteArray());
        out.write('\n');
      }
    }
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

  private static Object datum(Schema schema, JsonNode value) {
    switch (schema.getType()) {
      case NULL:
        return null;
      case BOOLEAN:
        return value.booleanValue();
      case INT:
        return Integer.valueOf(value.textValue());
      case LONG:
        return Long.valueOf(value.textValue());
      case FLOAT:
        return Float.intBitsToFloat(Integer.parseUnsignedInt(value.textValue(), 16));
      case DOUBLE:
        return Double.longBitsToDouble(Long.parseUnsignedLong(value.textValue(), 16));
      case BYTES:
        return ByteBuffer.wrap(HexFormat.of().parseHex(value.textValue()));
      case FIXED:
        return new GenericData.Fixed(schema, HexFormat.of().parseHex(value.textValue()));
      case STRING:
        return new Utf8(value.textValue());
      case ENUM:
        return new GenericData.EnumSymbol(schema, value.textValue());
      case ARRAY:
        List<Object> items = new ArrayList<>();
        value.forEach(item -> items.add(datum(schema.getElementType(), item)));
        return items;
      case MAP:
        Map<String, Object> entries = new LinkedHashMap<>();
        value.fields().forEachRemaining(e -> entries.put(e.getKey(), datum(schema.getValueType(), e.getValue())));
        return entries;
      case RECORD:
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.pos(), datum(field.schema(), value.get(field.pos())));
        }
        return record;
      case UNION:
        return datum(schema.getTypes().get(value.get(0).intValue()), value.get(1));
      default:
        throw new IllegalStateException(schema.getType().toString());
    }
  }
}
