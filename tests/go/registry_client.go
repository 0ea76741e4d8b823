// franz-go's client against a Schema Registry with contexts.
//
//	registry_client http://127.0.0.1:8081
//
// Does the same in three contexts, each named in another way: by qualified subjects, by the client (InContext), and by the
// base URL. Exits non-zero with the first expectation that does not hold. The registry must be a fresh one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/twmb/franz-go/pkg/sr"
)

const (
	address    = `{"type":"record","name":"Address","fields":[{"name":"street","type":"string"}]}`
	person     = `{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"}]}`
	personAge  = `{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"},{"name":"age","type":"int","default":0}]}`
	personName = `{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"},{"name":"name","type":"string"}]}`
)

// One way to name a context: how subjects are written for it, and how a request is told of it.
type place struct {
	name    string
	client  *sr.Client
	subject func(string) string
	scope   context.Context
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: registry_client URL")
		os.Exit(64)
	}
	url, ctx := os.Args[1], context.Background()
	plain := func(subject string) string { return subject }
	for _, place := range []place{
		{".go1", client(sr.URLs(url)), func(subject string) string { return ":.go1:" + subject }, ctx},
		{".go2", client(sr.URLs(url)), plain, sr.InContext(ctx, ".go2")},
		{".go3", client(sr.URLs(url + "/contexts/.go3")), plain, ctx},
		{".go4", client(sr.URLs(url), sr.DefaultSchemaContext(".go4")), plain, ctx},
	} {
		register(place)
		readBack(place)
		govern(place)
		remove(place)
	}
	everyContext(client(sr.URLs(url)))
	fmt.Println("the registry answers franz-go as it should")
}

func client(options ...sr.ClientOpt) *sr.Client {
	client, err := sr.NewClient(options...)
	must(err, "a client")
	return client
}

// The name that the registry gives for a subject, which is always qualified.
func (p place) qualified(subject string) string { return ":" + p.name + ":" + subject }

func (p place) avro(text string) sr.Schema {
	return sr.Schema{Schema: text, References: []sr.SchemaReference{{Name: "Address", Subject: p.subject("address"), Version: 1}}}
}

func register(p place) {
	id := p.client.RegisterSchema
	first, err := id(p.scope, p.subject("address"), sr.Schema{Schema: address}, -1, -1)
	must(err, "registers")
	expect(first, 1, p.name+": the first id of a context")
	for _, what := range []string{"the second id", "the id of the same schema"} {
		second, err := id(p.scope, p.subject("person"), p.avro(person), -1, -1)
		must(err, "registers with a reference")
		expect(second, 2, p.name+": "+what)
	}
	third, err := id(p.scope, p.subject("person"), p.avro(personAge), -1, -1)
	must(err, "registers a compatible version")
	expect(third, 3, p.name+": the id of the next version")
	_, err = id(p.scope, p.subject("person"), p.avro(personName), -1, -1)
	fails(err, 409, 40901, p.name+": an incompatible version")
}

func readBack(p place) {
	found, err := p.client.LookupSchema(p.scope, p.subject("person"), p.avro(person))
	must(err, "looks up")
	expect([]int{found.ID, found.Version}, []int{2, 1}, p.name+": looked up")
	expect(found.Subject, p.qualified("person"), p.name+": the subject's name")
	latest, err := p.client.SchemaByVersion(p.scope, p.subject("person"), -1)
	must(err, "the latest version")
	expect(latest.Schema.Schema, personAge, p.name+": the latest text")
	versions, err := p.client.SubjectVersions(p.scope, p.subject("person"))
	must(err, "versions")
	expect(versions, []int{1, 2}, p.name+": versions")
	byGUID, err := p.client.SchemaByGUID(p.scope, latest.GUID)
	must(err, "by GUID")
	expect(byGUID.Schema.Schema, personAge, p.name+": text by GUID")
	ids, err := p.client.SchemaIDsByGUID(p.scope, latest.GUID)
	must(err, "ids of a GUID")
	expect(contains(ids, sr.ContextID{Context: p.name, ID: 3}), true, p.name+": the id of a GUID")

	// An id is read where its context is named; a subject names one too.
	scope := sr.WithParams(p.scope, sr.Subject(p.subject("person")))
	byID, err := p.client.SchemaByID(scope, 2)
	must(err, "by id")
	expect(byID.Schema, person, p.name+": text by id")
	_, err = p.client.SchemaByID(scope, 99)
	fails(err, 404, 40403, p.name+": an unknown id")
	_, err = p.client.SchemaByVersion(p.scope, p.subject("nothing"), -1)
	fails(err, 404, 40401, p.name+": an unknown subject")
	_, err = p.client.SchemaByVersion(p.scope, p.subject("person"), 9)
	fails(err, 404, 40402, p.name+": an unknown version")
	referrers, err := p.client.SchemaReferences(scope, p.subject("address"), 1)
	must(err, "referenced by")
	expect(len(referrers), 2, p.name+": versions that refer to it")
}

func govern(p place) {
	set := p.client.SetCompatibility(p.scope, sr.SetCompatibility{Level: sr.CompatFull}, p.subject("person"))
	must(set[0].Err, "sets a level")
	got := p.client.Compatibility(p.scope, p.subject("person"))
	must(got[0].Err, "a level")
	expect(got[0].Level, sr.CompatFull, p.name+": the level")
	verbose := sr.WithParams(p.scope, sr.Verbose)
	verdict, err := p.client.CheckCompatibility(verbose, p.subject("person"), -1, p.avro(personName))
	must(err, "checks")
	expect(verdict.Is, false, p.name+": the verdict")
	expect(len(verdict.Messages) > 0, true, p.name+": reasons")
	must(p.client.ResetCompatibility(p.scope, p.subject("person"))[0].Err, "resets a level")

	must(p.client.SetMode(p.scope, sr.ModeReadOnly, p.subject("person"))[0].Err, "sets a mode")
	_, err = p.client.RegisterSchema(p.scope, p.subject("person"), sr.Schema{Schema: `"int"`}, -1, -1)
	fails(err, 422, 42205, p.name+": registration in a subject that is read-only")
	must(p.client.ResetMode(p.scope, p.subject("person"))[0].Err, "resets a mode")
}

func remove(p place) {
	fails(p.client.DeleteSchema(p.scope, p.subject("address"), 1, sr.SoftDelete), 422, 42206, p.name+": a version in use")
	gone, err := p.client.DeleteSubject(p.scope, p.subject("person"), sr.SoftDelete)
	must(err, "deletes")
	expect(gone, []int{1, 2}, p.name+": what is deleted")
	subjects, err := p.client.Subjects(sr.WithParams(p.scope, sr.SubjectPrefix(":"+p.name+":")))
	must(err, "subjects")
	expect(subjects, []string{p.qualified("address")}, p.name+": what is left")
	deleted, err := p.client.Subjects(sr.WithParams(p.scope, sr.SubjectPrefix(":"+p.name+":"), sr.ShowDeleted))
	must(err, "deleted subjects")
	expect(deleted, []string{p.qualified("address"), p.qualified("person")}, p.name+": deleted ones too")
	_, err = p.client.DeleteSubject(p.scope, p.subject("person"), sr.HardDelete)
	must(err, "deletes for good")
}

func everyContext(client *sr.Client) {
	contexts, err := client.Contexts(context.Background())
	must(err, "contexts")
	expect(contexts, []string{".", ".go1", ".go2", ".go3", ".go4"}, "contexts")
	kinds, err := client.SupportedTypes(context.Background())
	must(err, "types")
	expect(len(kinds), 3, "types of schemas")
}

func contains(ids []sr.ContextID, wanted sr.ContextID) bool {
	for _, id := range ids {
		if id == wanted {
			return true
		}
	}
	return false
}

func expect(found, wanted any, what string) {
	if !reflect.DeepEqual(found, wanted) {
		fmt.Fprintf(os.Stderr, "%s: expected %v, found %v\n", what, wanted, found)
		os.Exit(1)
	}
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func fails(err error, status, code int, what string) {
	var answer *sr.ResponseError
	if !errors.As(err, &answer) {
		fmt.Fprintf(os.Stderr, "%s: expected error %d, found %v\n", what, code, err)
		os.Exit(1)
	}
	expect([]int{answer.StatusCode, answer.ErrorCode}, []int{status, code}, what)
}
