/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Firmware upgrades by `Upgrade_Rule`, or by a request. A program that does not call
 * prov_agent_enable_upgrade() links none of it from the static library.
 *
 * The library decides when to upgrade and to which image, fetches it, and reports the result; the
 * host stores the bytes, verifies them, and boots the image. docs/upgrade.md describes the steps.
 */
#ifndef PROVISION_UPGRADE_H
#define PROVISION_UPGRADE_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The file that a callback is about. Texts are borrowed for the call. */
struct prov_upgrade_target {
    size_t size;
    uint32_t number;   /**< 0: the file that the rule names; 1 to 31: further ones */
    uint32_t reserved; /**< 0 */
    int64_t total;     /**< bytes of the whole file, as the server announced; -1: unknown */
    prov_str load;     /**< last component of the rule's path, without query and `.loads`, `.bin` or
                            `.img`: `$SWVER` once the image runs. The same for all files */
    prov_str file;     /**< last component of this file's path, without query */
    prov_str url;      /**< of this file; without user, credentials in its query masked */
    prov_str etag;     /**< of this file as the server sent it; empty: none, or not fetched yet */
};

/** State of an image on the device. */
enum prov_upgrade_presence {
    PROV_UPGRADE_PRESENCE_ABSENT = 0,  /**< it has to be fetched */
    PROV_UPGRADE_PRESENCE_PRESENT = 1, /**< complete and verified in another bank: activate it */
    PROV_UPGRADE_PRESENCE_RUNNING = 2, /**< it is the running image: nothing to do */
    PROV_UPGRADE_PRESENCE_WAIT =
        3, /**< not now, e.g. a licence is missing. No failure: the host is asked
                                   again after each resync and after prov_agent_notify(). A request
                                   fails */
};

enum {
    PROV_UPGRADE_VERSION_CAP = 64,
    PROV_UPGRADE_ETAG_CAP = 129,
    PROV_UPGRADE_FILE_CAP = 128,
};

/** The host's data about an image, filled in by `inspect`. All zero on entry except `size`. */
struct prov_upgrade_answer {
    size_t size;
    uint32_t presence;                      /**< enum prov_upgrade_presence */
    uint8_t has_sha256;                     /**< 1: the first file must have this digest */
    uint8_t reserved[3];                    /**< 0 */
    uint8_t sha256[32];                     /**< SHA-256 of the file as sent */
    uint64_t offset;                        /**< bytes kept of an earlier attempt; used with `etag`
                                                 over HTTP, and without a digest */
    char etag[PROV_UPGRADE_ETAG_CAP];       /**< strong ETag of the bytes kept, as `begin` or
                                                 `abort` had it, and a NUL */
    char version[PROV_UPGRADE_VERSION_CAP]; /**< version of the image and a NUL, to be compared with
                                                 `Downgrade_Rev_Limit`; empty: `load` */
    uint8_t reserved2[7];                   /**< 0 */
};

/**
 * The host's side: banks for images. Copied member by member; the object at `ctx` must outlive the
 * agent. Each callback may return a status of its own, which fails the attempt as PROV_E_HOST.
 */
struct prov_upgrade_host {
    size_t size;
    void *ctx;                  /**< first argument of the callbacks */
    uint64_t max_bytes;         /**< of one file; 0: no limit */
    uint32_t timeout_s;         /**< for all files of one attempt; resyncs wait as long. 0: 3,600 */
    uint32_t confirm_timeout_s; /**< how long a new image waits for prov_agent_confirm_upgrade();
                                     a reboot that changed parameters need waits as long.
                                     0: an image that runs is confirmed */
    /**
     * REQUIRED. Return the state of an image: before its first byte is requested, and after a
     * reboot.
     *
     * @param target          `number` is 0; `total` is -1.
     * @param[in,out] answer  To be filled in.
     * @return PROV_OK; every other status fails the attempt. After a reboot it is asked again after
     *         each resync and after prov_agent_notify().
     */
    prov_status (*inspect)(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err);
    /**
     * REQUIRED. The first byte of a file is about to be written. May be called again for the same
     * file, if a transfer restarts.
     *
     * @param target  `total` and `etag` as the server announced them.
     * @param offset  Position of that byte; 0: discard the stored part of this file.
     * @return PROV_OK; PROV_E_LIMIT: it is too large; every other status also ends the transfer.
     */
    prov_status (*begin)(void *ctx, const struct prov_upgrade_target *target, uint64_t offset,
                         struct prov_error *err);
    /**
     * REQUIRED. Store bytes, as the server sent them.
     *
     * @param data  Borrowed for the call.
     * @return PROV_OK; every other status ends the transfer.
     */
    prov_status (*write)(void *ctx, const void *data, size_t len, struct prov_error *err);
    /**
     * REQUIRED. A file is complete: verify it. Its length and its digest, if there is one, are
     * right.
     *
     * @param[out] next  Name of a further file in the folder of the first one, and a NUL; empty on
     *                   entry. Empty: this was the last one. Without `/`, `\`, `..`, `?`, `#`,
     *                   blanks; at most 32 files.
     * @param      cap   PROV_UPGRADE_FILE_CAP.
     * @return PROV_OK; PROV_E_CORRUPT: not an image; every other status also fails the attempt.
     */
    prov_status (*finish)(void *ctx, const struct prov_upgrade_target *target, char *next,
                          size_t cap, struct prov_error *err);
    /**
     * REQUIRED. Make the image the one of the next boot. PROV_EVENT_REBOOT_WANTED follows. If the
     * boot fails or the image is not confirmed, the device must return to the previous one.
     *
     * @return PROV_OK; every other status fails the attempt.
     */
    prov_status (*activate)(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err);
    /**
     * OPTIONAL. The attempt failed. If `etag` is not empty, the stored part may be kept for a later
     * attempt, for which `inspect` sets `offset` and `etag`; otherwise discard it. For an image
     * that runs and was not confirmed: do not boot it again. May be called again for the same
     * failure, if that could not be saved.
     */
    void (*abort)(void *ctx, const struct prov_upgrade_target *target);
};

/**
 * Carry out `Upgrade_Rule`, and accept PROV_VERB_UPGRADE. Call it before the first
 * prov_agent_process(). Needs `prov_host.save` and `load`: without them the agent does not
 * recognise after a reboot that it upgraded.
 *
 * @param host  Copied. Not NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when a callback is missing.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_upgrade(prov_agent *agent,
                                               const struct prov_upgrade_host *host,
                                               struct prov_error *err);

/**
 * Confirm the image that runs since an upgrade, e.g. when the lines have registered. The upgrade
 * has then succeeded, and is not made again while its rule stays the same. Confirm the image first
 * to the boot loader, durably, and then to the agent. If the power fails in between, the next boot
 * counts the upgrade as failed: it calls `abort`, which must select the previous image for the next
 * boot, and the upgrade is retried. In the reverse order the boot loader would return to the old
 * image, while the upgrade counts as done.
 *
 * @return PROV_OK, also when no image waits for it, or no longer; PROV_E_UNSUPPORTED without
 *         prov_agent_enable_upgrade(); any status of the host's `save`: not confirmed, call again;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_confirm_upgrade(prov_agent *agent, struct prov_error *err);

/**
 * Return the step of the running upgrade, or the result of the last one; also after a reboot.
 *
 * @param[out] out  `size` set by the caller. Texts are borrowed until the next
 *                  prov_agent_process().
 * @return PROV_OK; PROV_E_UNSUPPORTED without prov_agent_enable_upgrade(); PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from the event callback.
 */
PROV_API prov_status prov_agent_upgrade_get(prov_agent *agent, struct prov_upgrade *out);

#ifdef __cplusplus
}
#endif

#endif
