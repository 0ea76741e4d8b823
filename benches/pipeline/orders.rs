//! The records that the bench moves: generated orders, the same in every run.

/// What an order looks like as Avro.
pub(crate) const SCHEMA: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"order_id","type":"string"},{"name":"customer_id","type":"long"},{"name":"created_at","type":"long"},
    {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SHIPPED","RETURNED"]}},
    {"name":"currency","type":{"type":"enum","name":"Currency","symbols":["EUR","USD","JPY"]}},
    {"name":"total","type":"double"},{"name":"express","type":"boolean","default":false},
    {"name":"warehouse_id","type":"int"},
    {"name":"note","type":["null","string"],"default":null},
    {"name":"address","type":{"type":"record","name":"Address","fields":[
        {"name":"street","type":"string"},{"name":"city","type":"string"},{"name":"zip","type":"string"}]}},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"sku","type":"string"},{"name":"qty","type":"int"},{"name":"price","type":"double"}]}}}]}"#;

/// An order's length as JSON, in bytes.
pub(crate) const JSON_BYTES: usize = 350;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// 13 bytes.
    pub(crate) key: String,
    /// JSON of [`JSON_BYTES`].
    pub(crate) value: String,
}

/// The order of this number.
pub(crate) fn order(number: u64) -> Order {
    let dice = |salt: u64, sides: u64| mix(number, salt) % sides;
    let key = format!("o-{number:011}");
    let status = ["NEW", "PAID", "SHIPPED", "RETURNED"][(mix(number, 1) % 4) as usize];
    let currency = ["EUR", "USD", "JPY"][(mix(number, 2) % 3) as usize];
    let items: Vec<_> = (0..2)
        .map(|item| {
            let (sku, qty, price) =
                (dice(10 + item, 1_000_000), 1 + dice(20 + item, 9), cents(dice(30 + item, 50_000)));
            format!(r#"{{"sku":"SKU-{sku:06}","qty":{qty},"price":{price}}}"#)
        })
        .collect();
    let head = format!(
        r#"{{"order_id":"{key}","customer_id":{},"created_at":{},"status":"{status}","currency":"{currency}","total":{},"express":{},"warehouse_id":{}"#,
        dice(3, 10_000_000),
        1_700_000_000_000 + dice(4, 10_000_000_000),
        cents(dice(5, 1_000_000)),
        dice(6, 4) == 0,
        10 + dice(9, 90),
    );
    let tail = format!(
        r#""address":{{"street":"{} Main Street","city":"Springfield","zip":"{:05}"}},"items":[{}]}}"#,
        1 + dice(7, 9_999),
        dice(8, 100_000),
        items.join(",")
    );
    // The note makes all orders equally long.
    let note = JSON_BYTES - head.len() - tail.len() - r#","note":"","#.len();
    let value = format!(r#"{head},"note":"{:.<note$.note$}",{tail}"#, "ring twice");
    Order { key, value }
}

fn cents(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// A number that looks random and is the same for every run (splitmix64).
fn mix(seed: u64, salt: u64) -> u64 {
    let mut z = (seed ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
