/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_banks.h"

#include <stdio.h>
#include <string.h>

static bool is_text(prov_str text, const char *expected)
{
    return text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

/* The power goes, and the agent with it. */
static bool is_cut(struct fake_banks *banks)
{
    if (!banks->cut || !banks->device->agent || !dial_tick(banks->cut))
        return false;
    prov_agent *agent = banks->device->agent;
    banks->device->agent = NULL;
    banks->cut = NULL; /* once */
    prov_agent_free(agent);
    return true;
}

static void assert_alive(const struct fake_banks *banks)
{
    if (!banks->device->agent)
        test_die("the host is called by an agent that it has freed");
}

static void check_texts(const struct fake_banks *banks, const struct prov_upgrade_target *target)
{
    const prov_str texts[] = {target->load, target->file, target->url, target->etag};
    for (size_t i = 0; banks->secrets && i < sizeof texts / sizeof texts[0]; i++)
        secrets_assert_absent(banks->secrets, "target", texts[i].data, texts[i].len);
}

static struct fake_bank *other(struct fake_banks *banks)
{
    return &banks->banks[!banks->running];
}

static bool is_image(const struct fake_bank *bank, const struct prov_upgrade_target *target)
{
    return is_text(target->load, bank->load) &&
           (bank->url[0] == '\0' || is_text(target->url, bank->url));
}

static prov_status inspect(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    (void)err;
    assert_alive(banks);
    if (answer->size != sizeof *answer || answer->presence || answer->offset || target->number ||
        target->etag.len)
        test_die("inspect: the answer is not empty, or the target not the first file");
    check_texts(banks, target);
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    banks->n_inspected++;
    const size_t size = answer->size;
    *answer = banks->answer;
    answer->size = size;
    if (banks->asks_to_wait)
        answer->presence = PROV_UPGRADE_PRESENCE_WAIT;
    else if (is_image(&banks->banks[banks->running], target) &&
             (!banks->is_forgetful || banks->is_fresh))
        answer->presence = PROV_UPGRADE_PRESENCE_RUNNING;
    else if (is_image(other(banks), target) && !banks->is_forgetful)
        answer->presence = PROV_UPGRADE_PRESENCE_PRESENT;
    banks->is_fresh = false;
    if (banks->n_kept) {
        answer->offset = banks->n_kept;
        snprintf(answer->etag, sizeof answer->etag, "%s", banks->kept_etag);
    }
    return banks->inspect_status;
}

static prov_status begin(void *ctx, const struct prov_upgrade_target *target, uint64_t offset,
                         struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    struct fake_bank *bank = other(banks);
    (void)err;
    assert_alive(banks);
    if (offset && offset != banks->n_kept)
        test_die("begin at %llu, kept are %zu", (unsigned long long)offset, banks->n_kept);
    if (target->total < -1)
        test_die("begin: %lld bytes in all", (long long)target->total);
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    banks->n_begun++;
    banks->last_offset = offset;
    banks->last_total = target->total;
    banks->has_begun = true;
    banks->n_file = target->number;
    bank->load[0] = '\0';
    if (target->number == 0)
        bank->len = (size_t)offset;
    if (target->number == 0)
        snprintf(banks->kept_etag, sizeof banks->kept_etag, "%.*s", (int)target->etag.len,
                 target->etag.data ? target->etag.data : "");
    banks->n_kept = 0;
    banks->n_total = (size_t)offset;
    return banks->begin_status;
}

static prov_status write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    struct fake_bank *bank = other(banks);
    (void)err;
    assert_alive(banks);
    if (!banks->has_begun || bank->len + len > sizeof bank->data)
        test_die("a write of %zu bytes without a begin, or too many", len);
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    memcpy(bank->data + bank->len, data, len);
    bank->len += len;
    banks->n_total += len;
    return banks->write_status;
}

static prov_status finish(void *ctx, const struct prov_upgrade_target *target, char *next,
                          size_t cap, struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    (void)err;
    assert_alive(banks);
    if (!banks->has_begun || next[0] || cap != PROV_UPGRADE_FILE_CAP)
        test_die("finish without a begin, or with a name already");
    check_texts(banks, target);
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    banks->has_begun = false;
    banks->n_finished++;
    if (target->number == 0)
        snprintf(banks->next_files, sizeof banks->next_files, "%s",
                 banks->files ? banks->files : "");
    char *name = banks->next_files + strspn(banks->next_files, " ");
    size_t len = strcspn(name, " ");
    snprintf(next, cap, "%.*s", (int)len, name);
    memmove(banks->next_files, name + len, strlen(name + len) + 1);
    if (target->number == 0)
        snprintf(other(banks)->url, sizeof other(banks)->url, "%.*s", (int)target->url.len,
                 target->url.data);
    if (banks->finish_status == PROV_OK && next[0] == '\0')
        snprintf(other(banks)->load, sizeof other(banks)->load, "%.*s", (int)target->load.len,
                 target->load.data);
    return is_cut(banks) ? PROV_E_CANCELLED : banks->finish_status;
}

static prov_status activate(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    (void)err;
    assert_alive(banks);
    if (!is_text(target->load, other(banks)->load))
        test_die("activate: %.*s is not in a bank", (int)target->load.len, target->load.data);
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    banks->n_activated++;
    if (banks->activate_status == PROV_OK)
        banks->next = !banks->running;
    return is_cut(banks) ? PROV_E_CANCELLED : banks->activate_status;
}

static void abort_image(void *ctx, const struct prov_upgrade_target *target)
{
    struct fake_banks *banks = ctx;
    if (target->etag.len && target->number != banks->n_file)
        test_die("abort: the ETag is that of another file");
    banks->n_aborted++;
    banks->has_begun = false;
    banks->n_kept =
        banks->keeps_bytes && target->etag.len && target->number == 0 ? banks->n_total : 0;
    if (is_text(target->load, banks->banks[banks->running].load))
        banks->next = !banks->running;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct fake_banks *banks = ctx;
    if (event->type == PROV_EVENT_REBOOT_WANTED) {
        banks->is_reboot_wanted = true;
        banks->reboot_cause = event->as.reboot->cause;
    }
    is_cut(banks);
}

static struct fake_banks *saving; /* the store is the first argument of its callbacks */
static prov_status (*store_save)(void *store, prov_str name, const void *data, size_t len,
                                 struct prov_error *err);

static prov_status save(void *store, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    struct fake_banks *banks = saving;
    if (is_cut(banks))
        return PROV_E_CANCELLED;
    if (dial_tick(banks->save_dial))
        return PROV_E_IO;
    prov_status status = store_save(store, name, data, len, err);
    return is_cut(banks) ? PROV_E_CANCELLED : status;
}

void fake_banks_watch_saves(struct fake_banks *banks)
{
    saving = banks;
    store_save = banks->device->host.host.save;
    banks->device->host.host.save = save;
}

void fake_banks_plug_in(struct device *d, struct fake_banks *banks)
{
    banks->device = d;
    if (banks->banks[0].load[0] == '\0')
        strcpy(banks->banks[0].load, "sip88xx.11-3-1MPP-110");
    d->host.device.sw_version = prov_str_from(fake_banks_running(banks));
    d->host.on_event = on_event;
    d->host.on_event_ctx = banks;
    d->upgrade.size = sizeof d->upgrade;
    d->upgrade.ctx = banks;
    d->upgrade.inspect = inspect;
    d->upgrade.begin = begin;
    d->upgrade.write = write;
    d->upgrade.finish = finish;
    d->upgrade.activate = activate;
    d->upgrade.abort = abort_image;
}

const char *fake_banks_running(const struct fake_banks *banks)
{
    static char version[64];
    const char *load = banks->banks[banks->running].load;
    const size_t len = strlen(load);
    for (const char *at = banks->versions; at && *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strncmp(at, load, len) != 0 || at[len] != '=')
            continue;
        at += len + 1;
        snprintf(version, sizeof version, "%.*s", (int)strcspn(at, " "), at);
        return version;
    }
    return load;
}

void fake_banks_boot_next(struct fake_banks *banks)
{
    banks->is_reboot_wanted = banks->has_begun = false;
    bool boots = banks->banks[banks->next].load[0] && !banks->is_broken;
    if (banks->next != banks->running && boots) {
        banks->running = banks->next;
        banks->is_fresh = true;
        if (banks->has_one_bank)
            other(banks)->load[0] = '\0';
    }
    banks->next = banks->running;
    banks->device->host.device.sw_version = prov_str_from(fake_banks_running(banks));
}

void fake_banks_reboot(struct fake_banks *banks, const struct prov_agent_options *options)
{
    struct device *d = banks->device;
    struct prov_agent_options copy = {.size = sizeof copy};
    prov_agent_free(d->agent);
    d->agent = NULL;
    fake_banks_boot_next(banks);
    if (options)
        copy = *options;
    if (device_make_agent(d, &copy) != PROV_OK)
        test_die("no agent after a reboot");
    device_settle(d);
}

unsigned fake_banks_settle(struct fake_banks *banks, unsigned most)
{
    unsigned n = 0;
    device_settle(banks->device);
    for (; banks->is_reboot_wanted && n < most; n++)
        fake_banks_reboot(banks, NULL);
    return n;
}
