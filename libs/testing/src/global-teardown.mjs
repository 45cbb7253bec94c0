// After a run of jest: resolves when the servers are gone, or others still use them.
export default () => globalThis.leaveSharedServers?.()
