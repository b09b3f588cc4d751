/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "file_user.h"

#include <stdio.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

void file_user_chance(struct file_user *user)
{
    if (user->is_at_chance || !dial_tick(user->dial))
        return;
    user->is_at_chance = true;
    user->at_chance(user);
    user->is_at_chance = false;
}

static prov_status begin(void *ctx, uint64_t offset, struct prov_error *err)
{
    struct file_user *user = ctx;
    (void)err;
    user->n_begun++;
    user->begun_at = offset;
    file_user_chance(user);
    return user->begin_status;
}

static prov_status write_file(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct file_user *user = ctx;
    (void)err;
    if (user->len + len >= sizeof user->file)
        test_die("a file of more than %zu bytes", sizeof user->file);
    memcpy(user->file + user->len, data, len);
    user->len += len;
    file_user_chance(user);
    return user->write_status;
}

static prov_status finish_file(void *ctx, struct prov_error *err)
{
    struct file_user *user = ctx;
    (void)err;
    user->is_finished = true;
    file_user_chance(user);
    return user->finish_status;
}

static prov_status read_report(void *ctx, void *buf, size_t cap, size_t *len,
                               struct prov_error *err)
{
    struct file_user *user = ctx;
    (void)err;
    *len = strlen(user->report) - user->n_read;
    *len = *len < cap ? *len : cap;
    memcpy(buf, user->report + user->n_read, *len);
    user->n_read += *len;
    return PROV_OK;
}

static prov_status rewind_report(void *ctx, struct prov_error *err)
{
    struct file_user *user = ctx;
    (void)err;
    user->n_read = 0;
    user->n_rewound++;
    return PROV_OK;
}

static void keep_result(struct file_user *user, const struct prov_result *result)
{
    if (user->n_results == LEN(user->ids))
        test_die("more than %zu results", LEN(user->ids));
    user->ids[user->n_results++] = result->fetch;
    user->last = *result;
    prov_str etag = result->delivery ? result->delivery->etag : prov_str_from(NULL);
    snprintf(user->etag, sizeof user->etag, "%.*s", (int)etag.len, etag.len ? etag.data : "");
    user->message[0] = '\0';
    if (result->error)
        prov_error_format(result->error, user->message, sizeof user->message);
    snprintf(user->events + strlen(user->events), sizeof user->events - strlen(user->events),
             "fetch %u\n", (unsigned)result->fetch);
    if (user->on_result)
        user->on_result(user);
}

void file_user_on_event(void *ctx, const struct prov_event *event)
{
    struct file_user *user = ctx;
    if (event->type == PROV_EVENT_RESULT && event->job == PROV_JOB_FETCH)
        keep_result(user, event->as.result);
    if (event->type == PROV_EVENT_PROGRESS && event->job == PROV_JOB_FETCH)
        user->progress_id = event->as.progress->fetch;
    if (event->type == PROV_EVENT_RESYNC)
        strcat(user->events, "resync\n");
    file_user_chance(user);
}

void file_user_plug_in(struct file_user *user, struct dial *alloc_dial, struct dial *net_dial)
{
    struct device *d = &user->device;
    device_plug_in(d, NULL, NULL, net_dial);
    device_mute(d);
    d->host.on_event = file_user_on_event;
    d->host.on_event_ctx = user;
    fake_transport_add_text(&d->net, FILE_URL, FILE_TEXT)->chunk = 5;
    if (device_make_agent(d, NULL) != PROV_OK)
        test_die("no agent");
    struct dial *dial = user->dial;
    user->dial = NULL;
    device_boot(d);
    user->dial = dial;
    d->memory.dial = alloc_dial;
}

struct prov_fetch file_user_get(struct file_user *user, const char *rule)
{
    return (struct prov_fetch){
        .size = sizeof(struct prov_fetch),
        .id = 7,
        .rule = prov_str_from(rule),
        .sink = {.write = write_file, .finish = finish_file, .ctx = user},
        .begin = begin,
    };
}

/* Ask, and go through time until nothing is left to do. */
prov_status file_user_fetch(struct file_user *user, const struct prov_fetch *fetch)
{
    prov_status status = prov_agent_fetch(user->device.agent, fetch, NULL);
    device_pass(&user->device, 1000);
    return status;
}

struct prov_upload file_user_upload(struct file_user *user)
{
    user->report = "a report of some length";
    return (struct prov_upload){
        .size = sizeof(struct prov_upload),
        .ctx = user,
        .length = -1,
        .read = read_report,
        .rewind = rewind_report,
    };
}
