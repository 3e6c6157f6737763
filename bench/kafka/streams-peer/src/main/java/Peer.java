import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Lets the first record of each key through: a processor over a RocksDB store with changelog, without a record cache.
 * Settings come as name=value; what happens goes out as a line of JSON each. It closes when its input ends.
 */
public final class Peer {
  private static final String STORE = "seen";
  private static final AtomicBoolean FIRST = new AtomicBoolean();
  private static final AtomicBoolean RESTORING = new AtomicBoolean();

  public static void main(String[] args) throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (String arg : args) settings.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch ended = whenInputEnds(running);

    report("starting", "");
    KafkaStreams streams = new KafkaStreams(topology(settings.get("input"), settings.get("output")), config(settings));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setGlobalStateRestoreListener(new RestoreListener());
    streams.setStateListener((now, before) -> { if (now == KafkaStreams.State.RUNNING) running.countDown(); });
    streams.start();
    running.await();
    report("running", "");
    if (settings.get("mode").equals("restore")) report("counted", ",\"entries\":" + entries(streams));

    ended.await();
    streams.close(CloseOptions.timeout(Duration.ofSeconds(30)).withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    System.exit(0);
  }

  /** A program whose input ends before it runs ends at once. */
  private static CountDownLatch whenInputEnds(CountDownLatch running) {
    CountDownLatch ended = new CountDownLatch(1);
    Thread reader = new Thread(() -> {
      try {
        while (System.in.read() != -1) { }
      } catch (IOException broken) {
        // As an end.
      }
      if (running.getCount() > 0) Runtime.getRuntime().halt(1);
      ended.countDown();
    });
    reader.setDaemon(true);
    reader.start();
    return ended;
  }

  private static Topology topology(String input, String output) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.Long()));
    builder.stream(input, Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(Once::new, STORE)
        .to(output, Produced.with(Serdes.String(), Serdes.ByteArray()));
    return builder.build();
  }

  private static Properties config(Map<String, String> settings) {
    Properties config = new Properties();
    config.put("application.id", settings.get("applicationId"));
    config.put("bootstrap.servers", settings.get("brokers"));
    config.put("processing.guarantee", settings.get("guarantee").equals("exactly_once") ? "exactly_once_v2" : "at_least_once");
    config.put("commit.interval.ms", settings.get("commitIntervalMs"));
    config.put("state.dir", settings.get("stateDirectory"));
    config.put("num.stream.threads", "1");
    config.put("statestore.cache.max.bytes", "0");
    config.put("auto.offset.reset", "earliest");
    config.put("replication.factor", "1");
    return config;
  }

  private static long entries(KafkaStreams streams) {
    ReadOnlyKeyValueStore<String, Long> store = streams.store(StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.keyValueStore()));
    long count = 0;
    try (KeyValueIterator<String, Long> all = store.all()) {
      for (; all.hasNext(); all.next()) count++;
    }
    return count;
  }

  private static void report(String event, String more) {
    System.out.println("{\"event\":\"" + event + "\",\"atMs\":" + System.currentTimeMillis() + more + "}");
    System.out.flush();
  }

  private static final class Once implements Processor<String, byte[], String, byte[]> {
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Long> seen;

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
      this.context = context;
      seen = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      if (!FIRST.get() && FIRST.compareAndSet(false, true)) report("first", "");
      if (seen.get(record.key()) != null) return;
      seen.put(record.key(), record.timestamp());
      context.forward(record);
    }
  }

  private static final class RestoreListener implements StateRestoreListener {
    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long start, long end) {
      if (RESTORING.compareAndSet(false, true)) report("restoring", "");
    }

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long offset, long count) { }

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) { }
  }
}
