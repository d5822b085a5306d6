// The peer of bench/kafka.ts: sessions of 15 minutes per user from the same topic, by Kafka Streams with its default store (RocksDB).
// java Sessions BROKERS TOPIC THREADS STATE_DIR MESSAGES, run from source. Prints when 5 % and when all have been processed.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.Materialized;

public class Sessions {
  public static void main(String[] args) throws Exception {
    long messages = Long.parseLong(args[4]);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "sessions-" + System.nanoTime());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[2]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    settings.put("auto.offset.reset", "earliest");
    ObjectMapper json = new ObjectMapper();
    AtomicLong counted = new AtomicLong();
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(args[1], Consumed.with(Serdes.Bytes(), Serdes.ByteArray()).withTimestampExtractor((record, time) -> {
          try {
            JsonNode row = json.readTree((byte[]) record.value()).get("after");
            return row.get("timecreated").asLong() * 1000;
          } catch (java.io.IOException wrong) {
            throw new java.io.UncheckedIOException(wrong);
          }
        }))
        // Keyed by user already, as Holdfast has it: no topic in between.
        .groupByKey(Grouped.with(Serdes.Bytes(), Serdes.ByteArray()))
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofMinutes(15), Duration.ofHours(24)))
        .aggregate(() -> 0L, (user, value, sum) -> {
          counted.incrementAndGet();
          return sum + 1;
        }, (user, one, other) -> one + other, Materialized.with(Serdes.Bytes(), Serdes.Long()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.start();
    boolean begun = false;
    while (counted.get() < messages) {
      if (!begun && counted.get() >= messages / 20) {
        begun = true;
        System.out.println("begun " + System.currentTimeMillis() + " " + counted.get());
      }
      Thread.sleep(20);
    }
    System.out.println("done " + System.currentTimeMillis() + " " + counted.get());
    System.exit(0);
  }
}
