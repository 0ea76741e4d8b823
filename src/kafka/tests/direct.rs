//! Partitions that are read without a group.

use super::*;

#[test]
fn partitions_are_read_from_where_they_were_assigned_to_their_ends() {
    let setup = Setup::new(&[("t", 2)]);
    let producer = setup.producer(ProducerLimits::default());
    let topic = producer.topic("t").unwrap();
    for value in [b"0", b"1", b"2"] {
        put(&producer, &topic, 0, value);
    }
    drain(&producer);
    let identity = GroupIdentity { group: "nobody".into(), client: "test".into(), worker: 0 };
    let settings = ConsumerSettings::of_session(&setup.config, &identity, Some("error"));
    let consumer = Consumer::new(&settings).unwrap();
    let at = |moment| consumer.offsets_at(moment, "t", &[0, 1], PATIENCE);
    assert_eq!(at(Moment::Earliest), Ok(vec![Some(0), Some(0)]));
    assert_eq!(at(Moment::Latest), Ok(vec![Some(3), Some(0)]));
    assert_eq!(consumer.offsets_at(Moment::Latest, "t", &[], PATIENCE), Ok(vec![]));

    consumer.assign([("t", 0, 1), ("t", 1, 0)].into_iter()).unwrap();
    let (mut messages, mut ends) = (Vec::new(), Vec::new());
    poll_until(&consumer, &mut messages, |_| {
        ends.extend(consumer.take_ends());
        ends.len() == 2
    });
    assert_eq!(messages.iter().map(Message::offset).collect::<Vec<_>>(), [1, 2]);
    ends.sort_unstable();
    assert_eq!(ends, [(0, 3), (1, 0)]);
    assert_eq!(consumer.take_errors(), []);

    put(&producer, &topic, 1, b"x");
    drain(&producer);
    poll_until(&consumer, &mut messages, |_| !consumer.take_ends().is_empty());
    assert_eq!(messages.last().map(|message| (message.partition(), message.offset())), Some((1, 0)));
}
