// avsc, which the Confluent JavaScript serializer runs on, beside ours: peer.js FOLDER
//
// The files of the folder and the neutral form of values are described in tests/interop/neutral.rs. avsc's JSON knows no
// integers beyond 2^53, so only containers are exchanged; and streams of JavaScript can't hold null, so only data that are
// records.
'use strict';

const fs = require('fs');
const path = require('path');
const avro = require('avsc');

// All 64 bits of a long.
const longs = avro.types.LongType.__with({
  fromBuffer: (buffer) => buffer.readBigInt64LE(),
  toBuffer: (number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(number);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value) => typeof value === 'bigint',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
});

const options = {
  wrapUnions: true,
  // Whether a long stands as a name or as an object, it has all its bits.
  typeHook: (schema) => (schema === 'long' || (schema && schema.type === 'long') ? longs : undefined),
};

const scratch = Buffer.alloc(8);

function bits(size, number) {
  if (size === 4) scratch.writeFloatBE(Number.isNaN(number) ? NaN : number);
  else scratch.writeDoubleBE(Number.isNaN(number) ? NaN : number);
  return scratch.subarray(0, size).toString('hex');
}

function neutral(type, value) {
  switch (type.typeName) {
    case 'null':
    case 'boolean':
    case 'string':
    case 'enum':
      return value;
    case 'int':
    case 'abstract:long':
    case 'long':
      return value.toString();
    case 'float':
      return bits(4, value);
    case 'double':
      return bits(8, value);
    case 'bytes':
    case 'fixed':
      return value.toString('hex');
    case 'array':
      return value.map((item) => neutral(type.itemsType, item));
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, neutral(type.valuesType, v)]));
    case 'record':
    case 'error':
      return type.fields.map((field) => neutral(field.type, value[field.name]));
    case 'union:wrapped': {
      const name = value === null ? 'null' : Object.keys(value)[0];
      const index = type.types.findIndex((branch) => branch.branchName === name);
      return [index, value === null ? null : neutral(type.types[index], value[name])];
    }
    default:
      throw new Error(`no neutral form of ${type.typeName}`);
  }
}

function datum(type, value) {
  switch (type.typeName) {
    case 'null':
    case 'boolean':
    case 'string':
    case 'enum':
      return value;
    case 'int':
      return Number(value);
    case 'abstract:long':
    case 'long':
      return BigInt(value);
    case 'float':
      return Buffer.from(value, 'hex').readFloatBE();
    case 'double':
      return Buffer.from(value, 'hex').readDoubleBE();
    case 'bytes':
    case 'fixed':
      return Buffer.from(value, 'hex');
    case 'array':
      return value.map((item) => datum(type.itemsType, item));
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, datum(type.valuesType, v)]));
    case 'record':
    case 'error':
      return Object.fromEntries(type.fields.map((field, n) => [field.name, datum(field.type, value[n])]));
    case 'union:wrapped': {
      const branch = type.types[value[0]];
      return branch.typeName === 'null' ? null : { [branch.branchName]: datum(branch, value[1]) };
    }
    default:
      throw new Error(`no neutral form of ${type.typeName}`);
  }
}

async function read(folder, n) {
  let type;
  const decoder = avro.createFileDecoder(path.join(folder, `${n}.avro`), {
    parseHook: (schema) => (type = avro.Type.forSchema(schema, { ...options })),
  });
  const lines = [];
  for await (const value of decoder) lines.push(JSON.stringify(neutral(type, value)));
  fs.writeFileSync(path.join(folder, `${n}.read`), lines.map((line) => line + '\n').join(''));
}

async function write(folder, n, schema) {
  const type = avro.Type.forSchema(schema, { ...options });
  const lines = fs.readFileSync(path.join(folder, `${n}.values`), 'utf8').split('\n');
  const encoder = avro.createFileEncoder(path.join(folder, `${n}.written.avro`), type, {
    codec: n % 2 === 1 ? 'deflate' : 'null',
  });
  for (const line of lines.filter((l) => l !== '')) encoder.write(datum(type, JSON.parse(line)));
  await new Promise((done, failed) => encoder.on('finish', done).on('error', failed).end());
}

async function main(folder) {
  for (let n = 0; fs.existsSync(path.join(folder, `${n}.avsc`)); n++) {
    const schema = JSON.parse(fs.readFileSync(path.join(folder, `${n}.avsc`), 'utf8'));
    if (schema.type !== 'record') continue;
    try {
      await read(folder, n);
      await write(folder, n, schema);
    } catch (error) {
      throw new Error(`set ${n}`, { cause: error });
    }
  }
}

main(process.argv[2]);
