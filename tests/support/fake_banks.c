/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_banks.h"

#include <stdio.h>
#include <string.h>

static bool is_text(prov_str text, const char *expected)
{
    return text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

static struct fake_bank *other(struct fake_banks *banks)
{
    return &banks->banks[!banks->running];
}

static prov_status inspect(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    (void)err;
    if (answer->size != sizeof *answer || answer->presence || answer->offset || target->number)
        test_die("inspect: the answer is not empty, or the target not the first file");
    banks->n_inspected++;
    const size_t size = answer->size;
    *answer = banks->answer;
    answer->size = size;
    if (banks->asks_to_wait)
        answer->presence = PROV_UPGRADE_WAIT;
    else if (is_text(target->load, banks->banks[banks->running].load))
        answer->presence = PROV_UPGRADE_RUNNING;
    else if (is_text(target->load, other(banks)->load))
        answer->presence = PROV_UPGRADE_PRESENT;
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
    if (offset && offset != banks->n_kept)
        test_die("begin at %llu, kept are %zu", (unsigned long long)offset, banks->n_kept);
    banks->n_begun++;
    banks->last_offset = offset;
    banks->has_begun = true;
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
    if (!banks->has_begun || bank->len + len > sizeof bank->data)
        test_die("a write of %zu bytes without a begin, or too many", len);
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
    if (!banks->has_begun || next[0] || cap != PROV_UPGRADE_FILE_CAP)
        test_die("finish without a begin, or with a name already");
    banks->has_begun = false;
    banks->n_finished++;
    if (target->number == 0)
        snprintf(banks->next_files, sizeof banks->next_files, "%s",
                 banks->files ? banks->files : "");
    char *name = banks->next_files + strspn(banks->next_files, " ");
    size_t len = strcspn(name, " ");
    snprintf(next, cap, "%.*s", (int)len, name);
    memmove(banks->next_files, name + len, strlen(name + len) + 1);
    if (banks->finish_status == PROV_OK && next[0] == '\0')
        snprintf(other(banks)->load, sizeof other(banks)->load, "%.*s", (int)target->load.len,
                 target->load.data);
    return banks->finish_status;
}

static prov_status activate(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err)
{
    struct fake_banks *banks = ctx;
    (void)err;
    if (!is_text(target->load, other(banks)->load))
        test_die("activate: %.*s is not in a bank", (int)target->load.len, target->load.data);
    banks->n_activated++;
    if (banks->activate_status == PROV_OK)
        banks->next = !banks->running;
    return banks->activate_status;
}

static void abort_image(void *ctx, const struct prov_upgrade_target *target)
{
    struct fake_banks *banks = ctx;
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
    if (event->type != PROV_EVENT_REBOOT_WANTED)
        return;
    banks->is_reboot_wanted = true;
    banks->reboot_cause = event->as.reboot->cause;
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
    bool is_fetched = banks->version_of_image && banks->n_finished && banks->running;
    return is_fetched ? banks->version_of_image : banks->banks[banks->running].load;
}

void fake_banks_reboot(struct fake_banks *banks, const struct prov_agent_options *options)
{
    struct device *d = banks->device;
    struct prov_agent_options copy = {.size = sizeof copy};
    prov_agent_free(d->agent);
    d->agent = NULL;
    banks->is_reboot_wanted = banks->has_begun = false;
    bool boots = banks->banks[banks->next].load[0] && !banks->is_broken;
    if (banks->next != banks->running && boots) {
        banks->running = banks->next;
        if (banks->has_one_bank)
            other(banks)->load[0] = '\0';
    }
    banks->next = banks->running;
    d->host.device.sw_version = prov_str_from(fake_banks_running(banks));
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
