// The desk: the lobby, one person's Teams, the telephones, misbehaviour, or the
// Teams admin centre of a tenant.
import { admin } from "./admin.js";
import { watch } from "./stream.js";
import { lobby } from "./lobby.js";
import { misbehaviour } from "./misbehaviour.js";
import { person } from "./person.js";
import { phones } from "./phones.js";

const offline = document.getElementById("offline");
const { view, oid, tenant } = document.body.dataset;
const views = { people: lobby, person: () => person(oid), phones, misbehaviour, admin: () => admin(tenant) };

watch(views[view](), (down) => { offline.hidden = !down; });
