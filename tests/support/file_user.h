/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file A device whose host fetches and sends files of its own, and records what is reported. */
#ifndef TEST_SUPPORT_FILE_USER_H
#define TEST_SUPPORT_FILE_USER_H

#include <provision/fetch.h>

#include "device.h"

#define FILE_URL "http://h/f"
#define FILE_TEXT "0123456789abcdef"

/** A host with a sink and an upload. */
struct file_user {
    struct device device;
    struct dial *dial; /* a chance in each of its functions; NULL: none */
    void (*at_chance)(struct file_user *user);
    bool is_at_chance;
    /* The sink. */
    char file[64];
    size_t len;
    bool is_finished;
    unsigned n_begun;
    uint64_t begun_at;
    prov_status write_status, finish_status, begin_status;
    /* The upload. */
    const char *report;
    size_t n_read;
    unsigned n_rewound;
    /* What was reported. */
    void (*on_result)(struct file_user *user);
    unsigned n_results;
    uint64_t ids[2 * PROV_FETCH_MAX];
    uint64_t progress_id;
    struct prov_result last; /* without its texts */
    char etag[32];
    char message[256];
    char events[2048]; /* `fetch ID` and `resync`, in order */
};

/** With an agent, and FILE_TEXT at FILE_URL. */
void file_user_plug_in(struct file_user *user, struct dial *alloc_dial, struct dial *net_dial);

/** A GET of a rule, with id 7. */
struct prov_fetch file_user_get(struct file_user *user, const char *rule);

/** A report of the user's, of unknown length. */
struct prov_upload file_user_upload(struct file_user *user);

/** Ask, and go through time until nothing is left to do. */
prov_status file_user_fetch(struct file_user *user, const struct prov_fetch *fetch);

/** A chance of the dial: `at_chance` is called there, once. */
void file_user_chance(struct file_user *user);

/** The host's event callback. */
void file_user_on_event(void *ctx, const struct prov_event *event);

#endif
