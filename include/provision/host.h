/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The host's callbacks. docs/host-contract.md describes them in detail.
 *
 * All callbacks run on the thread that calls the library. The library holds no lock meanwhile.
 */
#ifndef PROVISION_HOST_H
#define PROVISION_HOST_H

#include <provision/base.h>
#include <provision/event.h>
#include <provision/macro.h>
#include <provision/profile.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The use of an address that is about to be connected to. */
enum prov_purpose {
    PROV_PURPOSE_FILE = 0,  /**< server of a file */
    PROV_PURPOSE_PROXY = 1, /**< the HTTP proxy for it */
    PROV_PURPOSE_LOG = 2,   /**< log server: `Syslog_Server` or `Debug_Server` */
};

/**
 * The host: one struct of callbacks. Copied member by member, so it may live on the stack; the
 * objects at `ctx` and `store_ctx` must outlive the agent.
 */
struct prov_host {
    size_t size;

    /* The device. */
    void *ctx; /**< first argument of the callbacks down to `check_address` */
    /**
     * REQUIRED. Milliseconds since any fixed point, also a negative number; does not follow changes
     * of the wall clock.
     */
    int64_t (*mono_ms)(void *ctx);
    /**
     * OPTIONAL. Return UTC seconds and the local offset; false while the clock is not set. Absent:
     * the clock counts as never set.
     */
    bool (*wall_s)(void *ctx, int64_t *utc_s, int32_t *utc_offset_s);
    /**
     * OPTIONAL. Return 32 uniform random bits. Absent: derived from MAC address, serial number and
     * clocks.
     */
    uint32_t (*entropy)(void *ctx);
    /**
     * OPTIONAL. Return true if no call is active. Absent: always idle. Call prov_agent_notify()
     * when it becomes true.
     */
    bool (*is_idle)(void *ctx);
    /** OPTIONAL. Receives each event; borrowed for the call. */
    void (*event)(void *ctx, const struct prov_event *event);
    /** OPTIONAL. prov_agent_timeout_ms() has become shorter outside of prov_agent_process(). */
    void (*wake)(void *ctx);
    /**
     * OPTIONAL. Decide whether a stage may start now. Called in prov_agent_process() before each
     * enum prov_stage. Absent: every stage starts at once.
     * @return 0: start it. Otherwise the agent asks again after that many milliseconds, or after
     *         prov_agent_notify(). When the stage has been deferred for `max_defer_s` in total, it
     *         starts without asking; a resync and a rollback still wait for idle lines.
     */
    uint32_t (*defer_ms)(void *ctx, uint32_t stage);
    /**
     * OPTIONAL. Decide whether a file may be fetched from @p url. Called before each request,
     * before each redirect is followed, and for the HTTP proxy of a request (`http://PROXY:PORT/`),
     * after `Restricted_Access_Domains` permitted the host; not for log messages. The host in @p
     * url is a name that has not been resolved; `check_address` receives the address. Absent: every
     * URL is permitted.
     *
     * @param url  With scheme, host and path. User and password are removed; values in the query
     *             that look like credentials are masked.
     * @return PROV_OK: fetch; PROV_E_POLICY: refuse, logged as "server not allowed"; a status of
     *         the host's own refuses too and is reported as PROV_E_HOST.
     */
    prov_status (*check_url)(void *ctx, prov_str url, struct prov_error *err);
    /**
     * OPTIONAL. Decide whether the device may connect to @p address. Called after name resolution,
     * for each address, before the device connects or sends to it: for servers, proxies and log
     * servers. The built-in transport also calls it before it reuses a connection. A refused
     * address is skipped if the name has others. Absent: every address is permitted.
     * docs/security.md has an example that rejects names which resolve to addresses inside the
     * network.
     *
     * @param address  Numeric, IPv6 without brackets; borrowed for the call.
     * @param port     Port at that address.
     * @param purpose  enum prov_purpose.
     * @return As `check_url`.
     */
    prov_status (*check_address)(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err);
    /**
     * OPTIONAL. Asked first for each macro, so it can add to and replace the documented variables.
     */
    struct prov_vars vars;

    /* The parameter store. prov_store_bind() fills this part with the ready-made store. */
    void *store_ctx; /**< first argument of the callbacks below */
    /**
     * REQUIRED. Copy one committed value to @p buf and set @p len to its whole length.
     * @return PROV_OK; PROV_E_NOT_FOUND: not set, the default applies; PROV_E_LIMIT: @p cap is too
     *         small. Every other status means that the value cannot be read at present; it is read
     *         again soon.
     */
    prov_status (*get)(void *store_ctx, prov_str name, char *buf, size_t cap, size_t *len);
    /**
     * OPTIONAL. Return whether the host uses a parameter that the catalogue lacks. Absent: it does.
     */
    bool (*knows)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Return the committed access, enum prov_access; KEEP: unknown. Absent: access is
     * only passed to `txn_set`, never compared.
     */
    uint32_t (*access)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Return whether this change, committed alone, would alter the store. Absent: it does
     * if value or access differ from the stored ones.
     */
    bool (*would_change)(void *store_ctx, const struct prov_param *param);
    /**
     * OPTIONAL. Read one layer (enum prov_layer) of a parameter as committed, value and access
     * together. On entry @p out is zero except for `size`. For PROV_LAYER_ANY set `layer` in @p out
     * to the layer found. Texts and `source` are borrowed until the next call of a storage
     * callback. Absent: `get` and `access` are called instead, no user layer exists, and a rollback
     * restores values without their sources.
     * @return PROV_OK; PROV_E_NOT_FOUND: the layer has no entry.
     */
    prov_status (*find)(void *store_ctx, prov_str name, uint32_t layer, struct prov_param *out);
    /**
     * OPTIONAL. Begin a transaction; the changes of a profile follow. Absent: `txn_set` takes
     * effect at once.
     */
    prov_status (*txn_begin)(void *store_ctx, struct prov_error *err);
    /**
     * REQUIRED. Stage one change; texts borrowed for the call. `source` and `line` name the origin
     * of the value. `layer` is PROV_LAYER_USER only in a rollback, and only if the host has `find`.
     */
    prov_status (*txn_set)(void *store_ctx, const struct prov_param *param, struct prov_error *err);
    /** OPTIONAL. Make all staged changes durable, or none of them. */
    prov_status (*txn_commit)(void *store_ctx, struct prov_error *err);
    /**
     * OPTIONAL. Discard the staged changes. Called after a failed `txn_set`, not after a failed
     * `txn_commit`.
     */
    void (*txn_rollback)(void *store_ctx);
    /**
     * OPTIONAL. Return a number that changes whenever any value or access changes, and stays the
     * same over a reboot; 0: unknown. Absent: files are always fetched completely, never "only if
     * changed".
     *
     * Between `txn_begin` and `txn_commit` it is called after the last `txn_set`. Return the number
     * that the commit would produce; the file's validators are then saved in the same transaction
     * as the values. If it returns the number of the committed values instead, the validators are
     * saved in a transaction of their own.
     */
    uint64_t (*generation)(void *store_ctx);
    /**
     * OPTIONAL. Save a record of the library under a name (up to 16 letters `a`..`z`) so that it
     * survives a reboot. It replaces the record of that name; @p len 0 deletes it. The bytes may be
     * secret.
     *
     * Between `txn_begin` and `txn_commit` the record belongs to the transaction: it is durable
     * with the commit, or not saved. Otherwise it is durable when the call returns. Absent: no
     * record survives a reboot.
     */
    prov_status (*save)(void *store_ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err);
    /**
     * OPTIONAL, with `save`. Return a saved record, with the parameters of `get`. Not called inside
     * a transaction.
     */
    prov_status (*load)(void *store_ctx, prov_str name, void *buf, size_t cap, size_t *len);
};

#ifdef __cplusplus
}
#endif

#endif
