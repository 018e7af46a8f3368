// The desk: the lobby, one person's Teams, the telephones, or misbehaviour.
import { watch } from "./stream.js";
import { lobby } from "./lobby.js";
import { misbehaviour } from "./misbehaviour.js";
import { person } from "./person.js";
import { phones } from "./phones.js";

const offline = document.getElementById("offline");
const { view, oid } = document.body.dataset;
const views = { people: lobby, person: () => person(oid), phones, misbehaviour };

watch(views[view](), (down) => { offline.hidden = !down; });
