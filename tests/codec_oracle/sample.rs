//! Random values, in apache-avro's terms and as the JSON that is meant.

use apache_avro::types::Value as Avro;
use apache_avro::{BigDecimal, Days, Duration, Millis, Months, Uuid};
use serde_json::{Value as Json, json};
use serdecar::codec::avro::{BytesForm, Decimals, JsonOptions, Timestamps};

use crate::types::{Type, symbol};

/// A source of numbers for values (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    /// Small, large and at the edges alike.
    fn long(&mut self) -> i64 {
        let number = self.roll().cast_signed() >> self.below(64);
        [number, 0, -1, i64::MAX, i64::MIN, 1 << 53][if self.below(4) > 0 { 0 } else { self.below(6) }]
    }

    fn double(&mut self) -> f64 {
        let choices =
            [f64::from_bits(self.roll()), self.long() as f64, (self.long() as f64) / 100.0, 0.1, -0.0, 1e300, 5e-324];
        let value = choices[self.below(choices.len())];
        if value.is_finite() { value } else { 0.5 }
    }

    fn text(&mut self) -> String {
        const CHARS: [char; 12] = ['a', 'Z', '0', ' ', '"', '\\', '\n', '\u{1}', 'é', '日', '😊', '/'];
        (0..self.below(40)).map(|_| CHARS[self.below(if self.0.is_multiple_of(2) { 3 } else { 12 })]).collect()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll() as u8).collect()
    }

    /// A whole number of at most so many digits, with and without a sign.
    fn digits(&mut self, most: usize) -> String {
        let len = 1 + self.below(most);
        let digits: String = (0..len).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        let digits = digits.trim_start_matches('0');
        match digits {
            "" => "0".into(),
            _ => ["", "-"][self.below(2)].to_owned() + digits,
        }
    }
}

/// Stands for a date or time as text, which has no oracle here: it is checked by reading it back.
pub(crate) const ISO_TEXT: &str = "\u{0}";

/// A value in apache-avro's terms, and as JSON in both modes.
pub(crate) struct Sample {
    pub(crate) avro: Avro,
    pub(crate) plain: Json,
    pub(crate) tagged: Json,
}

impl Sample {
    fn same(avro: Avro, json: Json) -> Self {
        Self { avro, plain: json.clone(), tagged: json }
    }

    fn bytes(avro: Avro, bytes: &[u8], options: JsonOptions) -> Self {
        use base64::Engine as _;
        let base64 = || json!(base64::engine::general_purpose::STANDARD.encode(bytes));
        let plain = if options.bytes == BytesForm::Base64 { base64() } else { latin1(bytes) };
        Self { avro, plain, tagged: latin1(bytes) }
    }

    fn time(avro: Avro, number: i64, has_text: bool, options: JsonOptions) -> Self {
        let text = has_text && options.timestamps == Timestamps::Iso8601;
        Self { avro, plain: if text { json!(ISO_TEXT) } else { json!(number) }, tagged: json!(number) }
    }

    fn decimal(avro: Avro, text: &str, bytes: &[u8], options: JsonOptions) -> Self {
        let plain = match options.decimals {
            Decimals::Number => serde_json::from_str(text).unwrap(),
            Decimals::String => json!(text),
        };
        Self { avro, plain, tagged: latin1(bytes) }
    }

    /// What holds several values.
    fn of_parts(samples: Vec<Self>, avro: impl Fn(Vec<Avro>) -> Avro, json: impl Fn(Vec<Json>) -> Json) -> Self {
        let (mut plain, mut tagged, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for sample in samples {
            plain.push(sample.plain);
            tagged.push(sample.tagged);
            values.push(sample.avro);
        }
        Self { avro: avro(values), plain: json(plain), tagged: json(tagged) }
    }
}

fn latin1(bytes: &[u8]) -> Json {
    json!(bytes.iter().map(|&byte| char::from(byte)).collect::<String>())
}

/// A value of the type that `schema` describes.
pub(crate) fn sample(ty: &Type, schema: &Json, dice: &mut Dice, options: JsonOptions) -> Sample {
    match ty {
        Type::Null => Sample::same(Avro::Null, Json::Null),
        Type::Boolean => {
            let flag = dice.below(2) == 1;
            Sample::same(Avro::Boolean(flag), json!(flag))
        }
        Type::Int => {
            let number = dice.long() as i32;
            Sample::same(Avro::Int(number), json!(number))
        }
        Type::Long => {
            let number = dice.long();
            Sample::same(Avro::Long(number), json!(number))
        }
        Type::Float => {
            let number = (dice.double() as f32).clamp(f32::MIN, f32::MAX);
            // Through text, since a float's shortest print is another double than the float.
            Sample::same(Avro::Float(number), serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap())
        }
        Type::Double => {
            let number = dice.double();
            Sample::same(Avro::Double(number), json!(number))
        }
        Type::String => {
            let text = dice.text();
            Sample::same(Avro::String(text.clone()), json!(text))
        }
        Type::Bytes => {
            let len = dice.below(40);
            let bytes = dice.bytes(len);
            Sample::bytes(Avro::Bytes(bytes.clone()), &bytes, options)
        }
        Type::Fixed(size) => {
            let bytes = dice.bytes(*size);
            Sample::bytes(Avro::Fixed(*size, bytes.clone()), &bytes, options)
        }
        Type::Enum(symbols) => {
            let index = dice.below(*symbols);
            Sample::same(Avro::Enum(index as u32, symbol(index)), json!(symbol(index)))
        }
        Type::Array(items) => {
            let len = [0, 1, 2, 5, 70][dice.below(if is_collection(items) { 4 } else { 5 })];
            let samples = (0..len).map(|_| sample(items, &schema["items"], dice, options)).collect();
            Sample::of_parts(samples, Avro::Array, Json::Array)
        }
        Type::Map(values) => {
            // One entry at most: apache-avro's maps have no order.
            let entry = (dice.below(3) > 0).then(|| (dice.text(), sample(values, &schema["values"], dice, options)));
            let (keys, samples): (Vec<_>, Vec<_>) = entry.into_iter().unzip();
            let avro = |values: Vec<_>| Avro::Map(keys.iter().cloned().zip(values).collect());
            Sample::of_parts(samples, avro, |values| keys.iter().cloned().zip(values).collect())
        }
        Type::Record(fields) => {
            let names: Vec<_> = (0..fields.len()).map(|i| format!("f{i}")).collect();
            let of = |(i, ty)| sample(ty, &schema["fields"][i]["type"], dice, options);
            let samples = fields.iter().enumerate().map(of).collect();
            let avro = |values: Vec<_>| Avro::Record(names.iter().cloned().zip(values).collect());
            Sample::of_parts(samples, avro, |values| names.iter().cloned().zip(values).collect())
        }
        Type::Union(branches) => {
            let index = dice.below(branches.len());
            let branch = &schema[index];
            let value = sample(&branches[index], branch, dice, options);
            let tag = branch.as_str().or_else(|| branch["name"].as_str()).or_else(|| branch["type"].as_str()).unwrap();
            Sample {
                tagged: if tag == "null" { Json::Null } else { json!({tag: value.tagged}) },
                plain: value.plain,
                avro: Avro::Union(index as u32, Box::new(value.avro)),
            }
        }
        logical => of_logical(logical, dice, options),
    }
}

fn is_collection(ty: &Type) -> bool {
    matches!(ty, Type::Array(_) | Type::Map(_) | Type::Record(_) | Type::Union(_))
}

fn of_logical(ty: &Type, dice: &mut Dice, options: JsonOptions) -> Sample {
    match ty {
        Type::Date => {
            let days = dice.long() as i32;
            Sample::time(Avro::Date(days), days.into(), true, options)
        }
        Type::TimeMillis => {
            let time = if dice.below(4) > 0 { dice.below(86_400_000) as i32 } else { dice.long() as i32 };
            Sample::time(Avro::TimeMillis(time), time.into(), (0..86_400_000).contains(&time), options)
        }
        Type::TimeMicros => {
            let time = if dice.below(4) > 0 { dice.below(86_400_000_000) as i64 } else { dice.long() };
            Sample::time(Avro::TimeMicros(time), time, (0..86_400_000_000).contains(&time), options)
        }
        Type::Timestamp(name) => {
            let time = dice.long();
            let avro = match *name {
                "timestamp-millis" => Avro::TimestampMillis(time),
                "timestamp-micros" => Avro::TimestampMicros(time),
                "timestamp-nanos" => Avro::TimestampNanos(time),
                "local-timestamp-millis" => Avro::LocalTimestampMillis(time),
                "local-timestamp-micros" => Avro::LocalTimestampMicros(time),
                _ => Avro::LocalTimestampNanos(time),
            };
            Sample::time(avro, time, true, options)
        }
        Type::Decimal(precision, scale, size) => {
            let digits = dice.digits(*precision as usize);
            let mut bytes = twos_complement(&digits);
            let avro = Avro::Decimal(bytes.clone().into());
            let sign = if digits.starts_with('-') { 0xff } else { 0 };
            while size.is_some_and(|size| bytes.len() < size) {
                bytes.insert(0, sign);
            }
            Sample::decimal(avro, &with_point(&digits, *scale as usize), &bytes, options)
        }
        Type::BigDecimal => {
            let digits = dice.digits(80);
            let scale = dice.below(60) as i64 - 10;
            let text = match usize::try_from(scale) {
                Ok(scale) => with_point(&digits, scale),
                Err(_) => format!("{digits}e{}", -scale),
            };
            let number: BigDecimal = format!("{digits}e{}", -scale).parse().unwrap();
            assert_eq!(number.as_bigint_and_exponent().1, scale);
            let unscaled = twos_complement(&digits);
            // Fewer than 64 bytes and scales below 64 take one byte each.
            let zigzag = |n: i64| (n << 1 ^ n >> 63) as u8;
            let bytes = [&[zigzag(unscaled.len() as i64)][..], &unscaled, &[zigzag(scale)]].concat();
            Sample::decimal(Avro::BigDecimal(number), &text, &bytes, options)
        }
        Type::Uuid | Type::UuidFixed => {
            let uuid = Uuid::from_bytes(dice.bytes(16).try_into().unwrap());
            let text = json!(uuid.hyphenated().to_string());
            let tagged = if matches!(ty, Type::Uuid) { text.clone() } else { latin1(uuid.as_bytes()) };
            Sample { avro: Avro::Uuid(uuid), plain: text, tagged }
        }
        Type::Duration => {
            let mut part = || [0, 1, 1000, u32::MAX, dice.roll() as u32][dice.below(5)];
            let (months, days, millis) = (part(), part(), part());
            let bytes: Vec<u8> = [months, days, millis].into_iter().flat_map(u32::to_le_bytes).collect();
            let avro = Avro::Duration(Duration::new(Months::new(months), Days::new(days), Millis::new(millis)));
            Sample { avro, plain: json!(duration_text(months, days, millis)), tagged: latin1(&bytes) }
        }
        other => panic!("{other:?} is no logical type"),
    }
}

fn twos_complement(digits: &str) -> Vec<u8> {
    digits.parse::<BigDecimal>().unwrap().as_bigint_and_exponent().0.to_signed_bytes_be()
}

fn with_point(digits: &str, scale: usize) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits = format!("{digits:0>width$}", width = scale + 1);
    match digits.split_at(digits.len() - scale) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

fn duration_text(months: u32, days: u32, millis: u32) -> String {
    let part = |number: u32, unit: &str| if number > 0 { format!("{number}{unit}") } else { String::new() };
    let seconds = format!("{}.{:03}", millis / 1000, millis % 1000);
    let time = format!("T{}S", seconds.strip_suffix(".000").unwrap_or(&seconds));
    let shown = millis > 0 || (months, days) == (0, 0);
    ["P", &part(months, "M"), &part(days, "D"), if shown { &time } else { "" }].concat()
}
