use std::convert::Infallible;

use super::*;

const SCHEMA: &str = "\"long\"";

/// A container of `count` data, each the one byte of its number.
fn written(compression: Compression, count: u8) -> Vec<u8> {
    let mut writer = ContainerWriter::new(Vec::new(), SCHEMA, compression).unwrap();
    for number in 0..count {
        writer
            .append(|out| {
                out.push(number);
                Ok::<_, Infallible>(())
            })
            .unwrap()
            .unwrap();
    }
    writer.finish().unwrap()
}

fn read(bytes: &[u8]) -> Result<(String, u64, Vec<u8>), String> {
    let mut reader = ContainerReader::new(bytes).map_err(|error| error.to_string())?;
    let (mut count, mut all, mut data) = (0, Vec::new(), Vec::new());
    while let Some(more) = reader.next_block(&mut data).map_err(|error| error.to_string())? {
        count += more;
        all.extend_from_slice(&data);
    }
    Ok((reader.schema().to_owned(), count, all))
}

#[test]
fn every_codec_reads_back() {
    for compression in Compression::ALL {
        let expected = (SCHEMA.to_owned(), 100, (0..100).collect());
        assert_eq!(read(&written(compression, 100)), Ok(expected), "{compression:?}");
        assert_eq!(read(&written(compression, 0)), Ok((SCHEMA.to_owned(), 0, Vec::new())));
    }
}

#[test]
fn apache_avro_reads_what_we_write_and_we_read_what_it_writes() {
    use apache_avro::types::Value;
    for compression in Compression::ALL {
        let values: Vec<_> =
            apache_avro::Reader::new(&written(compression, 3)[..]).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(values, [Value::Long(0), Value::Long(-1), Value::Long(1)], "{compression:?}");

        let mut writer =
            apache_avro::Writer::with_codec(&apache_avro::Schema::Long, Vec::new(), compression.codec()).unwrap();
        (-2..2).for_each(|number| {
            writer.append_value(Value::Long(number)).unwrap();
        });
        let bytes = writer.into_inner().unwrap();
        assert_eq!(read(&bytes).unwrap().2, [3, 1, 0, 2], "{compression:?}");
    }
}

#[test]
fn a_refused_datum_leaves_nothing_behind() {
    let mut writer = ContainerWriter::new(Vec::new(), SCHEMA, Compression::Null).unwrap();
    let refused = writer.append(|out| {
        out.extend_from_slice(&[1, 2, 3]);
        Err("no")
    });
    assert_eq!(refused.unwrap(), Err("no"));
    assert_eq!(read(&writer.finish().unwrap()), Ok((SCHEMA.to_owned(), 0, Vec::new())));
}

#[test]
fn every_cut_is_noticed() {
    let bytes = written(Compression::Deflate, 100);
    let header = bytes.len() - written_block_len(&bytes);
    for len in 0..bytes.len() {
        match read(&bytes[..len]) {
            Ok((_, count, _)) => {
                assert_eq!((len, count), (header, 0), "only a file without blocks ends where the header does");
            }
            Err(message) if len < 4 => assert!(message.starts_with("not an Avro Object Container File"), "{message}"),
            Err(message) if len < header => assert!(message.starts_with("damaged header"), "{len}: {message}"),
            Err(message) => assert!(message.ends_with("the file ends within it"), "{len}: {message}"),
        }
    }
}

/// The bytes from the block's count to the sync marker behind it.
fn written_block_len(bytes: &[u8]) -> usize {
    let sync = &bytes[bytes.len() - SYNC_LEN..];
    let first = bytes.windows(SYNC_LEN).position(|window| window == sync).unwrap();
    bytes.len() - first - SYNC_LEN
}

#[test]
fn damage_is_told_with_its_place() {
    assert_eq!(read(b"PAR1"), Err("not an Avro Object Container File: it must start with 'Obj' and the byte 1".into()));
    assert_eq!(read(b""), Err("not an Avro Object Container File: it must start with 'Obj' and the byte 1".into()));
    let good = written(Compression::Deflate, 100);
    let block = good.len() - written_block_len(&good);
    let mut sync = good.clone();
    *sync.last_mut().unwrap() ^= 1;
    assert_eq!(
        read(&sync),
        Err(format!("damaged block 1, which starts at byte {block}: the sync marker behind it is not the header's"))
    );
    let mut body = good.clone();
    body[block + 4] = 0xff;
    assert!(read(&body).unwrap_err().starts_with(&format!("damaged block 1, which starts at byte {block}: ")));
    let codec = written(Compression::Null, 1);
    let at = codec.windows(4).position(|window| window == b"null").unwrap();
    let mut unknown = codec.clone();
    unknown[at..at + 4].copy_from_slice(b"lzip");
    assert_eq!(
        read(&unknown),
        Err("unknown codec 'lzip': expected null, deflate, snappy, zstandard, bzip2 or xz".into())
    );
}

#[test]
fn claims_of_endless_blocks_cost_nothing() {
    let mut bytes = written(Compression::Null, 0);
    let offset = bytes.len();
    crate::schema::avro::varint::write(1, &mut bytes);
    crate::schema::avro::varint::write(1 << 60, &mut bytes);
    assert_eq!(
        read(&bytes),
        Err(format!(
            "damaged block 1, which starts at byte {offset}: it claims 1152921504606846976 bytes; at most 536870912 are read"
        ))
    );
}
