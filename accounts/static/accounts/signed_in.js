"use strict";
new BroadcastChannel("session").postMessage("signed-in");
