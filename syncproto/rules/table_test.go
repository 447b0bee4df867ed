package rules_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// Every field of every body, command and event has an integer key of its own and is left
// out where it is empty: a field that is added later must not change what an old value
// encodes to (design §3).
func TestEveryFieldIsOmittedWhenEmpty(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for kind, zero := range rules.Documents() {
		checkFields(t, kind.String(), reflect.TypeOf(zero), seen)
	}
	for kind, zero := range rules.Commands() {
		checkFields(t, kind.String(), reflect.TypeOf(zero), seen)
	}
	for kind, zero := range rules.Events() {
		checkFields(t, kind.String(), reflect.TypeOf(zero), seen)
	}
	if len(seen) < 40 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}

func checkFields(t *testing.T, where string, typ reflect.Type, seen map[reflect.Type]bool) {
	switch typ.Kind() {
	case reflect.Slice, reflect.Array, reflect.Pointer:
		checkFields(t, where, typ.Elem(), seen)
	case reflect.Map:
		t.Errorf("%s: %v is a map: its order would be decided anew each time", where, typ)
	case reflect.Float32, reflect.Float64:
		t.Errorf("%s: %v is a float", where, typ)
	case reflect.Struct:
		if seen[typ] {
			return
		}
		seen[typ] = true
		keys := map[int]string{}
		for i := range typ.NumField() {
			field := typ.Field(i)
			tag := strings.Split(field.Tag.Get("cbor"), ",")
			key, err := strconv.Atoi(tag[0])
			if err != nil || len(tag) != 3 || tag[1] != "keyasint" {
				t.Errorf("%s: %v.%s is tagged %q and not with an integer key", where, typ, field.Name, field.Tag)
				continue
			}
			if other, taken := keys[key]; taken {
				t.Errorf("%s: %v.%s and %s have the key %d", where, typ, field.Name, other, key)
			}
			keys[key] = field.Name
			want := "omitempty"
			if k := field.Type.Kind(); k == reflect.Array || k == reflect.Struct {
				want = "omitzero"
			}
			if tag[2] != want {
				t.Errorf("%s: %v.%s is tagged %s; want %s", where, typ, field.Name, tag[2], want)
			}
			checkFields(t, where, field.Type, seen)
		}
	}
}

// Every kind has a name, every zero value encodes to nothing, and its subject is of a kind
// the table has.
func TestEveryKindIsWhole(t *testing.T) {
	named := func(name string, zero any) {
		if strings.ContainsAny(name, "0123456789") {
			t.Errorf("%s has no name", name)
		}
		if data := syncproto.MustEncode(zero); len(data) != 1 {
			t.Errorf("an empty %s is %x", name, data)
		}
	}
	for kind, zero := range rules.Documents() {
		named(kind.String(), zero)
	}
	for kind, zero := range rules.Events() {
		named(kind.String(), zero)
	}
	for kind, zero := range rules.Commands() {
		named(kind.String(), zero)
		if back, known := syncproto.ParseCommandKind(kind.String()); !known || back != kind {
			t.Errorf("%v cannot be read back", kind)
		}
		if kind != syncproto.CommandTick && !rules.SubjectOf(kind, zero).IsZero() && rules.Documents()[rules.SubjectOf(kind, zero).Kind] == nil {
			t.Errorf("%v is about a %v", kind, rules.SubjectOf(kind, zero))
		}
	}
}

// The default policy says of every command who may give it (requirements §1).
func TestDefaultPolicyCoversEveryCommand(t *testing.T) {
	body := policy.Default(1)
	if wrong := body.Check(); wrong != nil {
		t.Fatalf("%+v", wrong)
	}
	for kind := range rules.Commands() {
		may := body.Allows(kind, policy.Roles())
		if may == kind.OfServer() {
			t.Errorf("%v: anybody may: %v", kind, may)
		}
	}
	for _, p := range body.May {
		if !rules.Known(p.Command) {
			t.Errorf("the policy names %v, which there is not", p.Command)
		}
	}
}

// What happened is judged by what its device knew: exactly the commands that design §3
// lists are facts.
func TestFacts(t *testing.T) {
	facts := map[syncproto.CommandKind]bool{
		syncproto.CommandProposeSolved: true, syncproto.CommandFinalResponse: true, syncproto.CommandActOn: true,
		syncproto.CommandOpen: true, syncproto.CommandContact: true, syncproto.CommandPromise: true, syncproto.CommandRespond: true,
		syncproto.CommandNote: true, syncproto.CommandApproveClaim: true, syncproto.CommandApproveWarranty: true, syncproto.CommandTakeGrant: true,
		syncproto.CommandReturnGrant: true,
	}
	for kind := range rules.Commands() {
		if rules.IsFact(kind) != facts[kind] {
			t.Errorf("%v: fact %v; want %v", kind, rules.IsFact(kind), facts[kind])
		}
	}
}

// What others can wait for is made by commands that say so, or by the server: where such a
// command is rejected, what waits is decided.
func TestMakers(t *testing.T) {
	makers := map[syncproto.CommandKind]bool{syncproto.CommandOpen: true, syncproto.CommandFileClaim: true}
	for kind := range rules.Commands() {
		if rules.Makes(kind) != makers[kind] {
			t.Errorf("%v: makes its subject %v; want %v", kind, rules.Makes(kind), makers[kind])
		}
	}
}
