// The official Confluent JavaScript serializers and deserializers: serializers.js URL JOB
//
// A job is JSON: {"do": "write" or "read", "format": "json" or "protobuf", "topic", "id_in": "prefix" or "header", …}.
// To write is to register the subject of the topic's values with what it refers to, and to print a record for each of the
// "values", a line each: {"value": base64} and, with the GUID in it, "header". To read is to print the value of each of the
// "records", which have the same form. URL may name a context. JSON Schema takes its "schema", and its "references" by name;
// Protobuf the full name of the "message", and as "files" what protoc has made of them, a FileDescriptorSet in base64.
'use strict';

const sr = require('@confluentinc/schemaregistry');
const { createFileRegistry, fromBinary, fromJson, toJson } = require('@bufbuild/protobuf');
const { FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');

const HEADER = '__value_schema_id';

// What is written and read here, and how it is turned from JSON and into it.
const formats = {
  json: {
    writer: async (client, { topic, schema, references }, settings) => {
      const used = [];
      for (const [name, text] of Object.entries(references)) {
        const subject = `${topic}-${name}`;
        await client.register(subject, { schemaType: 'JSON', schema: JSON.stringify(text) });
        used.push({ name, subject, version: 1 });
      }
      await client.register(`${topic}-value`, { schemaType: 'JSON', schema: JSON.stringify(schema), references: used });
      return new sr.JsonSerializer(client, sr.SerdeType.VALUE, { ...settings, useLatestVersion: true, validate: true });
    },
    reader: (client) => new sr.JsonDeserializer(client, sr.SerdeType.VALUE, { validate: true }),
    convert: () => ({ from: (value) => value, to: (value) => value }),
  },
  protobuf: {
    writer: async (client, job, settings) =>
      new sr.ProtobufSerializer(client, sr.SerdeType.VALUE, { ...settings, autoRegisterSchemas: true, registry: files(job) }),
    reader: (client) => new sr.ProtobufDeserializer(client, sr.SerdeType.VALUE, {}),
    convert: (job) => {
      const message = files(job).getMessage(job.message);
      return { from: (value) => fromJson(message, value), to: (value) => toJson(message, value) };
    },
  },
};

function files(job) {
  job.registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(job.files, 'base64')));
  return job.registry;
}

async function write(client, job, { writer, convert }) {
  const settings = job.id_in === 'header' ? { schemaIdSerializer: sr.HeaderSchemaIdSerializer } : {};
  const serializer = await writer(client, job, settings);
  const { from } = convert(job);
  for (const value of job.values) {
    const headers = {};
    const payload = await serializer.serialize(job.topic, from(value), headers);
    const header = headers[HEADER]?.toString('base64');
    console.log(JSON.stringify({ value: payload.toString('base64'), header }));
  }
}

async function read(client, job, { reader, convert }) {
  const deserializer = reader(client);
  const { to } = convert(job);
  for (const { value, header } of job.records) {
    const headers = header ? { [HEADER]: Buffer.from(header, 'base64') } : {};
    const found = await deserializer.deserialize(job.topic, Buffer.from(value, 'base64'), headers);
    console.log(JSON.stringify(to(found)));
  }
}

async function main(url, text) {
  const job = JSON.parse(text);
  const client = sr.SchemaRegistryClient.newClient({ baseURLs: [url], maxRetries: 0 });
  await { write, read }[job.do](client, job, formats[job.format]);
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
