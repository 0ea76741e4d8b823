import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.TimePeriod;

/**
 * Prints values of logical types as Java's Avro writes them: the schema, Java's own text, the bytes in hexadecimal.
 *
 * <pre>
 * jars=$(tests/jars.sh java)
 * java -cp "$jars/*" tests/java/Logical.java > tests/data/logical/java.tsv
 * </pre>
 */
public class Logical {
  private static final Random RANDOM = new Random(1);
  private static final GenericData DATA = new GenericData();

  public static void main(String[] args) throws Exception {
    DATA.addLogicalTypeConversion(new Conversions.DecimalConversion());
    DATA.addLogicalTypeConversion(new Conversions.BigDecimalConversion());
    DATA.addLogicalTypeConversion(new Conversions.UUIDConversion());
    DATA.addLogicalTypeConversion(new Conversions.DurationConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.DateConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampNanosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampNanosConversion());

    for (int[] form : new int[][] {{1, 0}, {4, 2}, {9, 9}, {18, 3}, {38, 10}, {100, 40}}) {
      String parameters = ",\"logicalType\":\"decimal\",\"precision\":" + form[0] + ",\"scale\":" + form[1] + "}";
      int size = form[0] / 2 + 1;
      print("{\"type\":\"bytes\"" + parameters, () -> decimal(form[0], form[1]));
      print("{\"type\":\"fixed\",\"name\":\"F\",\"size\":" + size + parameters, () -> decimal(form[0], form[1]));
    }
    print(on("bytes", "big-decimal"), () -> new BigDecimal(digits(60), RANDOM.nextInt(80) - 20));
    print(on("string", "uuid"), () -> new UUID(RANDOM.nextLong(), RANDOM.nextLong()));
    print("{\"type\":\"fixed\",\"name\":\"F\",\"size\":16,\"logicalType\":\"uuid\"}",
        () -> new UUID(RANDOM.nextLong(), RANDOM.nextLong()));
    print("{\"type\":\"fixed\",\"name\":\"F\",\"size\":12,\"logicalType\":\"duration\"}",
        () -> TimePeriod.of(RANDOM.nextInt(30), RANDOM.nextInt(400), RANDOM.nextInt(Integer.MAX_VALUE)));
    print(on("int", "date"), () -> LocalDate.ofEpochDay((int) number()));
    print(on("int", "time-millis"), () -> time(ChronoUnit.MILLIS));
    print(on("long", "time-micros"), () -> time(ChronoUnit.MICROS));
    print(on("long", "timestamp-millis"), () -> instant(ChronoUnit.MILLIS));
    print(on("long", "timestamp-micros"), () -> instant(ChronoUnit.MICROS));
    print(on("long", "timestamp-nanos"), () -> instant(ChronoUnit.NANOS));
    print(on("long", "local-timestamp-millis"), () -> local(ChronoUnit.MILLIS));
    print(on("long", "local-timestamp-micros"), () -> local(ChronoUnit.MICROS));
    print(on("long", "local-timestamp-nanos"), () -> local(ChronoUnit.NANOS));
  }

  private static String on(String type, String logicalType) {
    return "{\"type\":\"" + type + "\",\"logicalType\":\"" + logicalType + "\"}";
  }

  private static void print(String text, Supplier<Object> values) throws Exception {
    Schema schema = new Schema.Parser().parse(text);
    for (int i = 0; i < 12; i++) {
      Object value = values.get();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      new GenericDatumWriter<>(schema, DATA).write(value, encoder);
      encoder.flush();
      System.out.println(text + "\t" + text(value) + "\t" + HexFormat.of().formatHex(out.toByteArray()));
    }
  }

  private static String text(Object value) {
    if (value instanceof TimePeriod) {
      TimePeriod period = (TimePeriod) value;
      String time = Duration.ofMillis(period.getMillis()).toString().substring(1);
      return "P" + period.getMonths() + "M" + period.getDays() + "D" + time;
    }
    return value.toString();
  }

  private static BigInteger digits(int most) {
    StringBuilder digits = new StringBuilder(RANDOM.nextBoolean() ? "-" : "");
    for (int count = 1 + RANDOM.nextInt(most); count > 0; count--) {
      digits.append(RANDOM.nextInt(10));
    }
    return new BigInteger(digits.toString());
  }

  private static BigDecimal decimal(int precision, int scale) {
    return new BigDecimal(digits(precision), scale);
  }

  /** Small and large ones alike. */
  private static long number() {
    return RANDOM.nextLong() >> RANDOM.nextInt(64);
  }

  private static LocalTime time(ChronoUnit unit) {
    LocalTime time = LocalTime.ofNanoOfDay((long) (RANDOM.nextDouble() * 86_400_000_000_000L));
    return time.truncatedTo(RANDOM.nextInt(3) > 0 ? unit : ChronoUnit.MINUTES);
  }

  /** Nanoseconds from 1970 on alone: before that Avro 1.12.1 writes (seconds + 1) * 10^9 + nanos - 10^6, not - 10^9. */
  private static Instant instant(ChronoUnit unit) {
    long number = number();
    return Instant.EPOCH.plus(unit == ChronoUnit.NANOS ? number & Long.MAX_VALUE : number, unit);
  }

  private static LocalDateTime local(ChronoUnit unit) {
    return LocalDateTime.ofInstant(instant(unit), ZoneOffset.UTC);
  }
}
