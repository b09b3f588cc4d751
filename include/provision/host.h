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
     * REQUIRED. Return the milliseconds since any fixed point, also a negative number; does not
     * follow changes of the wall clock. While the device is suspended it should go on, as
     * CLOCK_BOOTTIME does on Linux. If it stops, every interval is longer by the sleep. If it
     * continues, work that became due during a sleep starts at a random moment within 30 s, or
     * within `jitter_s` if that is more; see docs/scheduling.md.
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
    /**
     * Kinds of events that `event` does not receive, each as `1u << enum prov_event_type`; 0: none.
     * Bits of unknown kinds are ignored. A host with many agents saves their cost: messages for
     * `LOG` are not expanded if no server receives them, and old values for `CHANGED` not copied.
     */
    uint32_t unwanted_events;
    uint32_t reserved2; /**< 0 */
    /** OPTIONAL. prov_agent_timeout_ms() has become shorter outside of prov_agent_process(). */
    void (*wake)(void *ctx);
    /**
     * OPTIONAL. Decide whether a stage may start now. Called in prov_agent_process() before each
     * enum prov_stage. Absent: every stage starts at once.
     * @return 0: start it. Otherwise the agent asks again after that many milliseconds, or after
     *         prov_agent_notify(). When the host has deferred the stage for `max_defer_s` in total,
     *         it starts without asking; a resync, a rollback, a reboot and an upgrade still wait
     *         for idle lines, and that wait is not counted.
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
     * OPTIONAL. Called first for each macro, so it can add variables and replace the documented
     * ones.
     */
    struct prov_vars vars;

    /* The parameter store. prov_store_bind() fills this part with the ready-made store. */
    void *store_ctx; /**< first argument of the callbacks below */
    /**
     * 1: `find` returns the access that `txn_set` stored. 0: the store has no accesses; the agent
     * passes them to `txn_set` with changed values only, and does not compare them.
     */
    uint8_t stores_access;
    /**
     * 1: while its access is `rw` (or `stores_access` is 0), the user's value remains when the
     * server sends another one, which is stored in the server's layer; the agent compares it with
     * that layer. 0: the server's value replaces the user's, as with the phones.
     */
    uint8_t user_wins;
    uint8_t reserved[6]; /**< 0 */
    /**
     * REQUIRED. Read the committed entry of a parameter, also while a transaction is open. Set
     * `value` and `has_value` 1; with `stores_access`, set `access`; set `source` and `line` if
     * they are stored, so that a rollback restores them. A store with a value of the user's sets
     * `layer`; any other store ignores @p layer. `name` need not be set.
     *
     * @param      name   Exact, case included; borrowed for the call.
     * @param      layer  PROV_LAYER_ANY: the value that applies. PROV_LAYER_SERVER: the server's
     *                    value under the user's; requested only after `find` returned
     *                    PROV_LAYER_USER.
     * @param[out] out    Zero on entry, except for `size`. Texts, which need no NUL, and `source`
     *                    are borrowed until the next storage callback. `has_value` 0: only the
     *                    access is stored.
     * @return PROV_OK; PROV_E_NOT_FOUND: nothing is stored, the default applies;
     *         PROV_E_UNSUPPORTED: the host does not use this parameter: its default applies, and a
     *         profile that sets it causes PROV_WARN_UNKNOWN_NAME. Every other status means that the
     *         parameter cannot be read at present: its users fail or use the last value, and it is
     *         read again soon. PROV_E_LIMIT, PROV_OK with a `value` without data, and a status of
     *         the host's own count as PROV_E_HOST.
     */
    prov_status (*find)(void *store_ctx, prov_str name, uint32_t layer, struct prov_param *out);
    /**
     * OPTIONAL; prov_agent_enable_report() requires it. Enumerate the committed parameters, those
     * with only an access included. Each has its name, and otherwise the members that `find`
     * returns with PROV_LAYER_ANY. Also called from `process` of a transport, while a report is
     * sent: it must not block, and must not call the library.
     *
     * @param      index  0 for the first parameter. The order stays the same as long as no
     *                    parameter is added or removed.
     * @param[out] out    As for `find`; `name` is borrowed likewise.
     * @return PROV_OK; PROV_E_NOT_FOUND past the last. Every other status fails the report, which
     *         is sent again later.
     */
    prov_status (*param)(void *store_ctx, size_t index, struct prov_param *out);
    /**
     * OPTIONAL. Begin a transaction; the changes of a profile follow. Absent: `txn_set` takes
     * effect at once.
     *
     * @return PROV_OK. Every other status fails the rule, which is retried; a positive one is
     *         reported as PROV_E_HOST with that number in `native`. No transaction is open then,
     *         nor if the host frees the agent within this callback: `txn_rollback` does not follow.
     */
    prov_status (*txn_begin)(void *store_ctx, struct prov_error *err);
    /**
     * REQUIRED. Stage one change; texts borrowed for the call. `source` and `line` name the origin
     * of the value. `layer` is PROV_LAYER_USER only in a rollback, and only if `find` returned
     * that layer.
     *
     * @return PROV_OK. Every other status fails the rule as that of `txn_begin` does;
     *         `txn_rollback` follows.
     */
    prov_status (*txn_set)(void *store_ctx, const struct prov_param *param, struct prov_error *err);
    /**
     * OPTIONAL. Make all staged changes durable, or none of them.
     *
     * @return PROV_OK. Every other status fails the rule as that of `txn_begin` does; the
     *         transaction has ended, and the old values are in force.
     */
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
     * OPTIONAL. Save a record of the library so that it survives a reboot. It replaces the record
     * of that name; @p len 0 deletes it. The bytes may be secret. docs/transactions.md lists the
     * records, with their sizes.
     *
     * @param name  1 to 16 letters `a`..`z`; borrowed for the call.
     * @param data  Binary, borrowed for the call; NULL if @p len is 0.
     * @return PROV_OK. Any other status fails the commit that the record belongs to; outside of a
     *         transaction it is reported as PROV_EVENT_LOG, and the record is saved again with the
     *         next change.
     *
     * Between `txn_begin` and `txn_commit` the record belongs to the transaction: it is durable
     * with the commit, or not saved. Otherwise it is durable when the call returns. Absent: no
     * record survives a reboot.
     */
    prov_status (*save)(void *store_ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err);
    /**
     * OPTIONAL, with `save`. Copy a saved record. Not called inside a transaction.
     *
     * @param      cap  Bytes at @p buf, at least 64. The record needs no NUL: it may fill @p buf.
     * @param[out] len  The record's whole length, also with PROV_E_LIMIT; zero on entry.
     * @return PROV_OK; PROV_E_NOT_FOUND: there is no such record; PROV_E_LIMIT: @p cap is too
     *         small, and the agent calls again with room for @p len bytes. Any other status, and a
     *         length that contradicts the status (PROV_OK past @p cap, PROV_E_LIMIT below it): the
     *         record cannot be read, which is reported as PROV_EVENT_LOG.
     */
    prov_status (*load)(void *store_ctx, prov_str name, void *buf, size_t cap, size_t *len);
};

#ifdef __cplusplus
}
#endif

#endif
