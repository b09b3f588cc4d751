/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "persist/save.h"

static const char record_name[] = "upgrade";
static const char record_mark[] = "PVU1";

enum {
    IS_REBOOTING = 1 << 0,
    IS_REINSTALLED = 1 << 1,
    IS_ON_REQUEST = 1 << 2,
};

prov_status provi_upgrade_save(struct provi_upgrade_record *record, struct provi_env *env,
                               struct prov_error *err)
{
    struct provi_record out;
    unsigned flags = (record->is_rebooting ? IS_REBOOTING : 0) |
                     (record->is_reinstalled ? IS_REINSTALLED : 0) |
                     (record->image.is_on_request ? IS_ON_REQUEST : 0);
    provi_save_begin(&out, env, record_mark);
    provi_record_number(&out, record->step, 1);
    provi_record_number(&out, flags, 1);
    provi_record_number(&out, record->n_failed_boots, 1);
    provi_record_count(&out, record->n_failed);
    provi_save_digest(&out, &record->key);
    provi_save_digest(&out, &record->image.target);
    provi_save_digest(&out, &record->image.id);
    provi_save_digest(&out, &record->failed_boot);
    provi_record_number(&out, record->n_satisfied, 1);
    for (size_t i = 0; i < record->n_satisfied; i++)
        provi_save_digest(&out, &record->satisfied[i]);
    provi_record_text(&out, prov_str_from(record->image.load));
    provi_record_text(&out, prov_str_from(record->image.version));
    provi_record_text(&out, prov_str_from(record->image.url));
    provi_record_text(&out, prov_str_from(record->image.server_ip));
    provi_record_text(&out, prov_str_from(record->err));
    return provi_save_end(&out, env, record_name, err);
}

static void read_text(struct provi_reading *reading, char *buf, size_t cap)
{
    prov_str text = provi_reading_text(reading);
    if (text.len >= cap)
        reading->is_short = true;
    else if (text.len)
        memcpy(buf, text.data, text.len);
}

static void read_fields(struct provi_upgrade_record *record, struct provi_reading *reading)
{
    record->step = (uint8_t)provi_reading_number(reading, 1);
    uint64_t flags = provi_reading_number(reading, 1);
    record->is_rebooting = flags & IS_REBOOTING;
    record->is_reinstalled = flags & IS_REINSTALLED;
    record->image.is_on_request = flags & IS_ON_REQUEST;
    record->n_failed_boots = (uint8_t)provi_reading_number(reading, 1);
    record->n_failed = (uint32_t)provi_reading_count(reading);
    provi_load_digest(reading, &record->key);
    provi_load_digest(reading, &record->image.target);
    provi_load_digest(reading, &record->image.id);
    provi_load_digest(reading, &record->failed_boot);
    record->n_satisfied = (uint8_t)provi_reading_number(reading, 1);
    if (record->n_satisfied > PROVI_UPGRADE_SATISFIED)
        reading->is_short = true;
    for (size_t i = 0; i < record->n_satisfied && !reading->is_short; i++)
        provi_load_digest(reading, &record->satisfied[i]);
    read_text(reading, record->image.load, sizeof record->image.load);
    read_text(reading, record->image.version, sizeof record->image.version);
    read_text(reading, record->image.url, sizeof record->image.url);
    read_text(reading, record->image.server_ip, sizeof record->image.server_ip);
    read_text(reading, record->err, sizeof record->err);
}

void provi_upgrade_load(struct provi_upgrade_record *record, struct provi_env *env)
{
    struct provi_reading reading;
    struct prov_error error = {0};
    *record = (struct provi_upgrade_record){.step = PROV_UPGRADE_NONE};
    if (!provi_load(&reading, env, record_name, record_mark))
        return;
    read_fields(record, &reading);
    bool is_damaged = reading.is_short;
    provi_load_end(&reading, env);
    if (!is_damaged)
        return;
    *record = (struct provi_upgrade_record){.step = PROV_UPGRADE_NONE};
    provi_fail(&error, PROV_E_TRUNCATED, "the saved record ends early");
    provi_load_warn(env, record_name, &error);
}

unsigned provi_upgrade_n_failed_boots(const struct provi_upgrade_record *record,
                                      const struct provi_upgrade_image *image)
{
    return provi_digest_eq(&record->failed_boot, &image->id) ? record->n_failed_boots : 0;
}

static size_t find(const struct provi_upgrade_record *record, const struct provi_digest *target)
{
    size_t i = 0;
    while (i < record->n_satisfied && !provi_digest_eq(&record->satisfied[i], target))
        i++;
    return i;
}

bool provi_upgrade_is_satisfied(const struct provi_upgrade_record *record,
                                const struct provi_digest *target)
{
    return find(record, target) < record->n_satisfied;
}

void provi_upgrade_satisfy(struct provi_upgrade_record *record, const struct provi_digest *target)
{
    const struct provi_digest latest = *target;
    size_t i = find(record, target);
    if (i == PROVI_UPGRADE_SATISFIED)
        return;
    if (i == record->n_satisfied)
        record->n_satisfied++;
    memmove(&record->satisfied[i], &record->satisfied[i + 1],
            (record->n_satisfied - 1 - i) * sizeof record->satisfied[0]);
    record->satisfied[record->n_satisfied - 1] = latest;
}
