//! Orders through a struct: `serde_json` reads it, the converter's encoder writes it.

use std::borrow::Cow;

use schema_registry_converter::blocking::avro::AvroEncoder;
use schema_registry_converter::blocking::schema_registry::SrSettings;
use schema_registry_converter::schema_registry_common::SubjectNameStrategy;
use serde::{Deserialize, Serialize};

/// Texts are borrowed where they have no escapes: the least that serde can do.
#[derive(Debug, Deserialize, Serialize)]
#[expect(clippy::struct_field_names, reason = "the schema's names")]
struct Order<'a> {
    #[serde(borrow)]
    order_id: Cow<'a, str>,
    customer_id: i64,
    created_at: i64,
    status: Status,
    currency: Currency,
    total: f64,
    express: bool,
    warehouse_id: i32,
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(borrow)]
    address: Address<'a>,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    New,
    Paid,
    Shipped,
    Returned,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Currency {
    Eur,
    Usd,
    Jpy,
}

#[derive(Debug, Deserialize, Serialize)]
struct Address<'a> {
    #[serde(borrow)]
    street: Cow<'a, str>,
    #[serde(borrow)]
    city: Cow<'a, str>,
    #[serde(borrow)]
    zip: Cow<'a, str>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Item<'a> {
    #[serde(borrow)]
    sku: Cow<'a, str>,
    qty: i32,
    price: f64,
}

/// JSON in, the registry's wire format out.
pub(crate) struct Encoder {
    avro: AvroEncoder,
    subject: SubjectNameStrategy,
}

impl Encoder {
    pub(crate) fn new(registry: String, subject: String) -> Self {
        // The name of this strategy notwithstanding, the text is taken as the subject.
        let subject = SubjectNameStrategy::RecordNameStrategy(subject);
        Self { avro: AvroEncoder::new(SrSettings::new(registry)), subject }
    }

    pub(crate) fn encode(&self, json: &[u8]) -> anyhow::Result<Cow<'static, [u8]>> {
        let order: Order<'_> = serde_json::from_slice(json)?;
        Ok(self.avro.encode_struct(order, &self.subject)?.into())
    }
}
