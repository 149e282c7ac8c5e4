export { ERR_CHILD_SERVER, ERR_PEERS_UNAVAILABLE } from './error-codes.ts';
export { runMicroBench } from './micro-benches.ts';
export { installPeers } from './peers/install-peers.ts';
export { defaultPeersFolder, findPeers, type Peers } from './peers/peers.ts';
export { ChildServer, type ChildServerSpec, freePort, LOOPBACK_HOST } from './processes/child-server.ts';
