// The official Confluent JavaScript client against a Schema Registry with contexts: registry_client.js URL
//
// Registers, looks up, serializes and deserializes in the default context, in contexts that qualified subjects name, and in
// contexts that the base URL names; exits non-zero with the first expectation that does not hold. The registry must be a
// fresh one.
'use strict';

const assert = require('node:assert/strict');
const sr = require('@confluentinc/schemaregistry');

const TOPIC = 'orders';

const ADDRESS = { type: 'record', name: 'Address', fields: [{ name: 'street', type: 'string' }] };
const PERSON = { type: 'record', name: 'Person', fields: [{ name: 'home', type: 'Address' }] };
const JSON_ADDRESS = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { street: { type: 'string' } },
  required: ['street'],
};
const JSON_PERSON = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { home: { $ref: 'address.json' } },
};
const VALUE = { home: { street: 'Bahnhofstraße 1' } };

const client = (url) => sr.SchemaRegistryClient.newClient({ baseURLs: [url], maxRetries: 0 });

// A way to name a context: the base URL, and how subjects are written.
const places = (url) => [
  { context: '.', base: url, subject: (name) => name },
  { context: '.js1', base: url, subject: (name) => `:.js1:${name}` },
  { context: '.js2', base: `${url}/contexts/.js2`, subject: (name) => name },
];

async function fails(code, what, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.errorCode, code, `${what}: ${error.message}`);
    return true;
  });
}

// Registers a schema with a reference to another; the ids are those that come next in the context.
async function register(place, schemaType, referred, referrer, name) {
  const api = client(place.base);
  const [address, person] = [`${schemaType}-address`, `${TOPIC}-${schemaType}`].map(place.subject);
  const first = await api.register(address, { schema: JSON.stringify(referred), schemaType });
  const references = [{ name, subject: address, version: 1 }];
  const info = { schema: JSON.stringify(referrer), schemaType, references };
  const second = await api.registerFullResponse(person, info);
  assert.equal(second.id, first + 1, `${place.context}: ids follow each other`);
  assert.equal(await api.register(person, info), second.id, `${place.context}: the same schema has its id`);
  return { person, info, id: second.id };
}

// Writes with one client and reads with another, so that nothing comes from a cache.
async function roundTrip(place, Serializer, Deserializer, registered, options = {}) {
  const subjectNameStrategy = () => registered.person;
  const headers = options.schemaIdSerializer ? {} : undefined;
  const writer = new Serializer(client(place.base), sr.SerdeType.VALUE, {
    autoRegisterSchemas: false, useLatestVersion: true, subjectNameStrategy, ...options,
  });
  const payload = await writer.serialize(TOPIC, VALUE, headers);
  if (headers) {
    assert.deepEqual(Object.keys(headers), ['__value_schema_id'], 'the header that holds the GUID');
    assert.equal(headers.__value_schema_id.length, 17, 'a GUID and the byte before it');
  } else {
    assert.equal(payload.readUInt8(0), 0, 'the magic byte');
    assert.equal(payload.readInt32BE(1), registered.id, `${place.context}: the id in the frame`);
  }
  const reader = new Deserializer(client(place.base), sr.SerdeType.VALUE, { subjectNameStrategy });
  const value = await reader.deserialize(TOPIC, payload, headers);
  assert.deepEqual(JSON.parse(JSON.stringify(value)), VALUE, `${place.context}: the value read back`);
}

async function readBack(place, { person, info, id }) {
  const api = client(place.base);
  const found = await api.getIdFullResponse(person, info);
  assert.deepEqual([found.id, found.version], [id, 1], `${place.context}: looked up`);
  assert.equal(found.subject, place.context === '.' ? person : `:${place.context}:${TOPIC}-${info.schemaType ?? 'AVRO'}`);
  assert.deepEqual(JSON.parse((await api.getBySubjectAndId(person, id)).schema), JSON.parse(info.schema), 'text by id');
  assert.deepEqual(JSON.parse((await api.getByGuid(found.guid)).schema), JSON.parse(info.schema), 'text by GUID');
  assert.deepEqual(await api.getAllVersions(person), [1], 'versions');
  assert.equal((await api.getLatestSchemaMetadata(person)).id, id, 'the latest version');
  await fails(40401, 'an unknown subject', api.getLatestSchemaMetadata(place.subject('nothing')));
  await fails(40403, 'an unknown id', api.getBySubjectAndId(person, 999));
  await fails(42201, 'no schema', api.register(place.subject('bad'), { schema: '{"type": "nothing"}', schemaType: 'AVRO' }));
}

async function govern(place, { person, info }) {
  const api = client(place.base);
  const other = { ...info, schema: JSON.stringify({ ...PERSON, fields: [...PERSON.fields, { name: 'age', type: 'int' }] }) };
  assert.equal(await api.testCompatibility(person, 1, other), false, `${place.context}: an incompatible schema`);
  await fails(40901, 'an incompatible version', api.register(person, other));
  await api.updateCompatibility(person, sr.Compatibility.NONE);
  assert.equal(await api.getCompatibility(person), 'NONE', `${place.context}: the level`);
  assert.equal((await api.registerFullResponse(person, other)).version, 2, 'anything is a next version without a level');
  assert.deepEqual(await api.deleteSubject(person), [1, 2], 'deleted');
  assert.deepEqual(await api.deleteSubject(person, true), [1, 2], 'deleted for good');
}

async function main(url) {
  for (const place of places(url)) {
    const avro = await register(place, 'AVRO', ADDRESS, PERSON, 'Address');
    await roundTrip(place, sr.AvroSerializer, sr.AvroDeserializer, avro);
    await roundTrip(place, sr.AvroSerializer, sr.AvroDeserializer, avro, { schemaIdSerializer: sr.HeaderSchemaIdSerializer });
    await readBack(place, avro);
    const json = await register(place, 'JSON', JSON_ADDRESS, JSON_PERSON, 'address.json');
    await roundTrip(place, sr.JsonSerializer, sr.JsonDeserializer, json);
    await roundTrip(place, sr.JsonSerializer, sr.JsonDeserializer, json, { schemaIdSerializer: sr.HeaderSchemaIdSerializer });
    await readBack(place, json);
    await govern(place, avro);
  }
  console.log('the registry answers the Confluent JavaScript client as it should');
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
