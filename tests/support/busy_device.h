/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device with all jobs, and the servers of each.
 *
 *     static struct busy_device busy;
 *     busy_device_plug_in(&busy);
 *     device_make_agent(&busy.device, &options);
 *
 * It keeps what the deltas of Report_Rule have reported, as their receiver does. One at a time.
 */
#ifndef TEST_SUPPORT_BUSY_DEVICE_H
#define TEST_SUPPORT_BUSY_DEVICE_H

#include "device.h"
#include "fake_banks.h"
#include "fake_trust.h"
#include "static_vault.h"

/** What has a server. */
enum busy_file {
    BUSY_PROFILE,
    BUSY_CA,
    BUSY_LICENCE,
    BUSY_CERTIFICATE,
    BUSY_IMAGE, /**< another one than the device has at first, as the next two */
    BUSY_OTHER_IMAGE,
    BUSY_LAST_IMAGE,
    BUSY_DELTA,
    BUSY_STATUS,
    BUSY_CONTACT,
    BUSY_CODE,
    BUSY_HOSTS_FILE,
    BUSY_N_FILES
};

struct busy_device {
    struct device device;
    struct fake_trust trust;
    struct fake_banks banks;
    struct static_vault vault;
    uint32_t licence_answer; /**< of the host, to every licence */
    prov_status store_fault; /**< of commits and saves; PROV_OK: none */
    bool is_vault_slow;      /**< seven of eight times the certificate cannot be read: OpenSSL takes
                                  most of the time of this device */
    unsigned n_presented;
    struct dial power;    /**< at a chance, the agent is freed: in an event, a save or a commit */
    prov_store *received; /**< by deltas */
    struct fake_answer *answers[BUSY_N_FILES];
};

/** Everything but the agent; all servers have their files. */
void busy_device_plug_in(struct busy_device *busy);
void busy_device_unplug(struct busy_device *busy);

/** Where a file is; as a rule. */
const char *busy_url(enum busy_file file);

/** Cut the power, if its time has come. */
void busy_device_count(struct busy_device *busy);

/** Take the report that was delivered, if the event is about one. */
void busy_device_take_event(struct busy_device *busy, const struct prov_event *event);

/** The first parameter that deltas have not reported as it is; NULL: none. */
const char *busy_device_unreported(struct busy_device *busy);

/** Fetch a file for the host. */
prov_status busy_device_fetch(struct busy_device *busy);

/** A number up to @p max, drawn from a sequence that @p random begins and continues. */
uint32_t busy_draw(uint64_t *random, uint32_t max);

/** A status of a host, most of them PROV_OK. */
prov_status busy_fault(uint64_t *random);

/**
 * Something happens to the jobs: another setting or answer of a server, a local change, a request,
 * a call of the agent.
 */
void busy_device_disturb(struct busy_device *busy, uint64_t *random);

#endif
