// The desk: the lobby, or one person's Teams.
import { watch } from "./stream.js";
import { lobby } from "./lobby.js";
import { person } from "./person.js";

const offline = document.getElementById("offline");
const { oid } = document.body.dataset;

watch(oid ? person(oid) : lobby(), (down) => { offline.hidden = !down; });
