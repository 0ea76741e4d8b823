//! The adapter against the embedded broker.

mod direct;

use std::time::{Duration, Instant};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Longer than anything here should take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Setup {
    broker: EmbeddedBroker,
    config: Config,
}

impl Setup {
    fn new(topics: &[(&str, i32)]) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        for (topic, partitions) in topics {
            broker.create_topic(topic, *partitions).unwrap();
        }
        let mut config = Config::new(Bootstrap::Embedded).at(&broker.bootstrap_servers());
        // The embedded broker lets a rebalance wait for a whole session.
        config.consumer.push(("session.timeout.ms".into(), "3000".into()));
        config.consumer.push(("heartbeat.interval.ms".into(), "100".into()));
        Self { broker, config }
    }

    fn consumer(&self, group: &str, topics: &[&str]) -> Consumer {
        let identity = GroupIdentity { group: group.into(), client: "test".into(), worker: 0 };
        let consumer = Consumer::new(&ConsumerSettings::new(&self.config, &identity)).unwrap();
        consumer.subscribe(topics).unwrap();
        consumer
    }

    fn producer(&self, limits: ProducerLimits) -> Producer {
        Producer::new(&ProducerSettings::new(&self.config, "test", limits)).unwrap()
    }
}

/// Polls, answering rebalances, until `done`.
fn poll_until(consumer: &Consumer, messages: &mut Vec<Message>, mut done: impl FnMut(&[Message]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done(messages) {
        assert!(Instant::now() < deadline, "still waiting; errors: {:?}", consumer.take_errors());
        consumer.poll(1000, Duration::from_millis(20), messages);
        while let Some(rebalance) = consumer.next_rebalance() {
            consumer.answer(&rebalance).unwrap();
        }
    }
}

fn put(producer: &Producer, topic: &Topic, partition: i32, value: &[u8]) {
    let record = Record { key: None, value: Some(value), partition, timestamp: None };
    producer.produce(topic, record, &mut None).unwrap();
}

/// Drains, and returns what was delivered.
fn drain(producer: &Producer) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let drained = producer.drain(PATIENCE, |event| match event {
        ProducerEvent::Delivery(delivery) => deliveries.push(delivery),
        ProducerEvent::Error(_) => {}
    });
    assert!(drained);
    deliveries
}

#[test]
fn a_record_arrives_as_it_was_written() {
    let setup = Setup::new(&[("t", 3)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    let mut headers = Headers::with_capacity(2);
    headers.push("a", Some(b"1")).unwrap();
    headers.push("b", None).unwrap();
    let mut headers = Some(headers);
    let record = Record { key: Some(b"k"), value: Some(b"v"), partition: 2, timestamp: Some(1_700_000_000_123) };
    producer.produce(&topic, record, &mut headers).unwrap();
    assert!(headers.is_none(), "taken by the library");
    let tombstone = Record { key: Some(b""), value: None, partition: 2, timestamp: Some(5) };
    producer.produce(&topic, tombstone, &mut None).unwrap();
    let empty = Record { key: None, value: Some(b""), partition: 2, timestamp: None };
    producer.produce(&topic, empty, &mut None).unwrap();
    drain(&producer);

    let consumer = setup.consumer("g", &["t"]);
    let mut messages = Vec::new();
    poll_until(&consumer, &mut messages, |messages| messages.len() == 3);
    let first = &mut messages[0];
    assert_eq!((first.topic(), first.partition(), first.offset()), ("t", 2, 0));
    assert_eq!((first.key(), first.payload()), (Some(&b"k"[..]), Some(&b"v"[..])));
    assert_eq!(first.timestamp(), Some(Timestamp { millis: 1_700_000_000_123, kind: TimestampKind::Create }));
    let headers: Vec<_> = first.headers().map(|header| (header.name, header.value)).collect();
    assert_eq!(headers, [("a", Some(&b"1"[..])), ("b", None)]);
    let taken = first.detach_headers().unwrap();
    assert_eq!(taken.iter().count(), 2);

    assert_eq!((messages[1].key(), messages[1].payload()), (Some(&b""[..]), None));
    assert_eq!(messages[1].headers().count(), 0);
    assert!(messages[1].detach_headers().is_none());
    assert_eq!((messages[2].key(), messages[2].payload()), (None, Some(&b""[..])));
    assert_eq!(messages[0].topic_id(), messages[2].topic_id());
}

#[test]
fn deliveries_name_topic_partition_and_count() {
    let setup = Setup::new(&[("a", 2), ("b", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let (a, b) = (producer.topic("a").unwrap(), producer.topic("b").unwrap());
    assert_eq!(producer.partition_count("a", PATIENCE), Ok(2));
    for _ in 0..100 {
        put(&producer, &a, 0, b"x");
        put(&producer, &a, 1, b"x");
        put(&producer, &b, 0, b"x");
        put(&producer, &b, 0, b"x");
    }
    let started = Instant::now();
    let deliveries = drain(&producer);
    assert!(started.elapsed() < PATIENCE);
    let count = |topic: &Topic, partition| {
        let of = deliveries.iter().filter(|d| d.topic == topic.id() && d.partition == partition && d.error.is_none());
        of.map(|d| d.count).sum::<usize>()
    };
    assert_eq!((count(&a, 0), count(&a, 1), count(&b, 0)), (100, 100, 200));
    assert_eq!(deliveries.iter().map(|d| d.count).sum::<usize>(), 400);
    assert_eq!(producer.outstanding(), 0);
}

#[test]
fn a_record_that_is_too_large_is_refused_alone() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default().with_topic(2_512));
    let topic = producer.topic("t").unwrap();
    put(&producer, &topic, 0, b"before");
    let large = vec![b'x'; 2_001];
    let record = Record { key: None, value: Some(&large), partition: 0, timestamp: None };
    assert_eq!(producer.produce(&topic, record, &mut None), Err(ProduceError::TooLarge(2_001)));
    put(&producer, &topic, 0, b"after");
    assert_eq!(drain(&producer).iter().map(|d| d.count).sum::<usize>(), 2);
}

#[test]
fn a_full_queue_is_backpressure_and_keeps_the_headers() {
    let mut setup = Setup::new(&[("t", 1)]);
    setup.config.producer.push(("queue.buffering.max.messages".into(), "10".into()));
    setup.config.producer.push(("linger.ms".into(), "10000".into()));
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    for _ in 0..10 {
        put(&producer, &topic, 0, b"x");
    }
    let mut headers = Some(Headers::with_capacity(1));
    let record = Record { key: None, value: Some(b"x"), partition: 0, timestamp: None };
    assert_eq!(producer.produce(&topic, record, &mut headers), Err(ProduceError::QueueFull));
    assert!(headers.is_some(), "still ours, for the next try");
    drain(&producer);
    assert_eq!(producer.produce(&topic, record, &mut headers), Ok(()));
    drain(&producer);
}

#[test]
fn a_missing_partition_is_refused() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    producer.partition_count("t", PATIENCE).unwrap();
    let record = Record { key: None, value: None, partition: 7, timestamp: None };
    let deadline = Instant::now() + PATIENCE;
    // Until the topic's metadata arrive the record is queued, and its delivery fails.
    let refused = loop {
        match producer.produce(&topic, record, &mut None) {
            Err(error) => break error,
            Ok(()) => assert!(Instant::now() < deadline),
        }
        producer.serve(Duration::from_millis(5), |_| {});
    };
    assert_eq!(refused, ProduceError::Other(Code::UNKNOWN_PARTITION_LOCAL));
}

#[test]
fn a_group_goes_on_where_it_committed() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    for value in [b"0", b"1", b"2", b"3"] {
        put(&producer, &topic, 0, value);
    }
    drain(&producer);

    let first = setup.consumer("g", &["t"]);
    let mut messages = Vec::new();
    poll_until(&first, &mut messages, |messages| messages.len() == 4);
    assert_eq!(first.committed([("t", 0)].into_iter(), PATIENCE), Ok(vec![Offset::Unset]));
    first.commit([("t", 0, 1)].into_iter()).unwrap();
    poll_until(&first, &mut messages, |_| first.take_commits().succeeded > 0);
    first.commit_and_wait([("t", 0, 2)].into_iter(), PATIENCE).unwrap();
    assert_eq!(first.watermarks("t", 0), Some((0, 4)));
    drop(messages);
    first.close(PATIENCE).unwrap();

    let second = setup.consumer("g", &["t"]);
    let mut messages = Vec::new();
    poll_until(&second, &mut messages, |messages| messages.len() == 2);
    assert_eq!(messages.iter().map(Message::offset).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(second.committed([("t", 0)].into_iter(), PATIENCE), Ok(vec![Offset::At(2)]));
}

#[test]
fn seek_goes_back_and_pause_holds_records_back() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    for value in [b"0", b"1", b"2"] {
        put(&producer, &topic, 0, value);
    }
    drain(&producer);
    let consumer = setup.consumer("g", &["t"]);
    let mut messages = Vec::new();
    poll_until(&consumer, &mut messages, |messages| messages.len() == 3);
    consumer.seek([("t", 0, 1)].into_iter(), PATIENCE).unwrap();
    poll_until(&consumer, &mut messages, |messages| messages.len() == 5);
    assert_eq!(messages.iter().map(Message::offset).collect::<Vec<_>>(), [0, 1, 2, 1, 2]);

    consumer.pause([("t", 0)].into_iter()).unwrap();
    put(&producer, &topic, 0, b"3");
    drain(&producer);
    assert_eq!(consumer.poll(10, Duration::from_millis(200), &mut messages), 0);
    consumer.resume([("t", 0)].into_iter()).unwrap();
    poll_until(&consumer, &mut messages, |messages| messages.len() == 6);
    assert_eq!(messages[5].offset(), 3);
}

#[test]
fn a_rebalance_waits_for_its_answer_and_a_close_hands_over() {
    let setup = Setup::new(&[("t", 4)]);
    let first = setup.consumer("g", &["t"]);
    let owned = |consumer: &Consumer, owned: &mut i64| {
        consumer.poll(10, Duration::from_millis(20), &mut Vec::new());
        while let Some(rebalance) = consumer.next_rebalance() {
            let count = i64::try_from(rebalance.partitions().count()).unwrap();
            *owned += if rebalance.kind == RebalanceKind::Assign { count } else { -count };
            assert_eq!(rebalance.protocol, Protocol::Cooperative);
            consumer.answer(&rebalance).unwrap();
        }
    };
    let deadline = Instant::now() + PATIENCE;
    let (mut of_first, mut of_second) = (0, 0);
    while of_first < 4 {
        assert!(Instant::now() < deadline);
        owned(&first, &mut of_first);
    }
    let second = setup.consumer("g", &["t"]);
    while (of_first, of_second) != (2, 2) {
        assert!(Instant::now() < deadline, "{of_first} and {of_second}");
        owned(&first, &mut of_first);
        owned(&second, &mut of_second);
    }
    first.close(PATIENCE).unwrap();
    while of_second < 4 {
        assert!(Instant::now() < deadline);
        owned(&second, &mut of_second);
    }
}

#[test]
fn a_consumer_closes_over_records_that_nobody_read() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    for _ in 0..5000 {
        put(&producer, &topic, 0, b"x");
    }
    drain(&producer);
    let consumer = setup.consumer("g", &["t"]);
    let mut messages = Vec::new();
    poll_until(&consumer, &mut messages, |messages| messages.len() >= 1000);
    // By now more has been fetched than was read.
    drop(messages);
    consumer.close(PATIENCE).unwrap();
}

#[test]
fn a_broker_that_goes_and_comes_back_costs_nothing_but_time() {
    let setup = Setup::new(&[("t", 1)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    put(&producer, &topic, 0, b"0");
    drain(&producer);
    setup.broker.go_down().unwrap();
    put(&producer, &topic, 0, b"1");
    let mut down = false;
    let deadline = Instant::now() + PATIENCE;
    while !down {
        assert!(Instant::now() < deadline);
        producer.serve(SECOND, |event| {
            if let ProducerEvent::Error(error) = event {
                down |= error.code() == Some(Code::ALL_BROKERS_DOWN);
            }
        });
    }
    assert!(!producer.is_connected(Duration::from_millis(50)));
    setup.broker.come_up().unwrap();
    assert_eq!(drain(&producer).iter().filter(|d| d.error.is_none()).map(|d| d.count).sum::<usize>(), 1);
    assert!(producer.is_connected(PATIENCE));
}

#[test]
fn an_unknown_topic_is_named_by_its_code() {
    let mut setup = Setup::new(&[]);
    setup.config.properties.push(("allow.auto.create.topics".into(), "false".into()));
    let producer = setup.producer(ProducerLimits::default());
    let error = producer.partition_count("bad topic name \u{fffd}", PATIENCE).unwrap_err();
    assert!(error.code().is_some(), "{error:?}");
}

#[test]
fn each_ticket_comes_back_with_the_place_of_its_record() {
    let setup = Setup::new(&[("t", 2)]);
    let settings = ProducerSettings::for_requests(&setup.config, "test", Acks::All, PATIENCE);
    let dispatcher = Dispatcher::new(&settings).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dispatcher = &dispatcher;
            scope.spawn(move || {
                for n in 0..50 {
                    let record = Record { key: None, value: Some(b"v"), partition: n % 2, timestamp: None };
                    let ticket = thread * 50 + usize::try_from(n).unwrap();
                    dispatcher.produce("t", record, &mut None, ticket).unwrap();
                }
            });
        }
    });
    let (mut tickets, mut places) = (Vec::new(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    while tickets.len() < 200 {
        assert!(Instant::now() < deadline, "{} of 200", tickets.len());
        dispatcher.serve(SECOND, |event| {
            if let DispatcherEvent::Settled(ticket, settled) = event {
                let Written { partition, offset } = settled.unwrap();
                assert_eq!(partition, i32::try_from(ticket % 2).unwrap());
                tickets.push(ticket);
                places.push((partition, offset.unwrap()));
            }
        });
    }
    tickets.sort_unstable();
    places.sort_unstable();
    assert_eq!(tickets, (0..200).collect::<Vec<_>>());
    assert_eq!(places, (0..2).flat_map(|partition| (0..100).map(move |n| (partition, n))).collect::<Vec<_>>());
    assert_eq!(dispatcher.outstanding(), 0);
}

#[test]
fn a_record_that_no_broker_is_ever_sent_is_told_to_be_unwritten() {
    let setup = Setup::new(&[("t", 1)]);
    let config = setup.config.at("127.0.0.1:1");
    let settings = ProducerSettings::for_requests(&config, "test", Acks::All, Duration::from_millis(300));
    let dispatcher = Dispatcher::new(&settings).unwrap();
    let record = Record { key: None, value: Some(b"v"), partition: ANY_PARTITION, timestamp: None };
    dispatcher.produce("t", record, &mut None, 7).unwrap();
    let (mut told, deadline) = (None, Instant::now() + PATIENCE);
    while told.is_none() {
        assert!(Instant::now() < deadline);
        dispatcher.serve(SECOND, |event| {
            if let DispatcherEvent::Settled(ticket, settled) = event {
                told = Some((ticket, settled));
            }
        });
    }
    let undelivered = Undelivered { code: Code::MESSAGE_TIMED_OUT, maybe_written: false };
    assert_eq!(told, Some((7, Err(undelivered))));
}
