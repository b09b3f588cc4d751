/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/known.h"

#include <string.h>

#include <provision/version.h>

#include "agent/agent_priv.h"
#include "agent/keep.h"
#include "base/alloc.h"
#include "base/str.h"

static const char name[] = "known";
static const char mark[] = "PVK1";

static uint64_t stamp_of(const struct prov_agent *agent)
{
    const struct prov_host *host = &agent->host;
    return host->stamp ? host->stamp(host->store_ctx) : 0;
}

prov_status provi_known_init(struct prov_agent *agent, const struct prov_device *device,
                             struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, prov_str_from(prov_version_string()));
    provi_digest_add_text(&digester, device->sw_version);
    provi_digest_add(&digester, &agent->decode_policy, sizeof agent->decode_policy);
    provi_digest_add(&digester, &agent->derivations, sizeof agent->derivations);
    return provi_digest_end(&digester, &agent->known.reader, err);
}

prov_status provi_known_source(struct prov_agent *agent, const struct prov_request *request,
                               struct provi_digest *source, struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, agent->known.reader.bytes, sizeof agent->known.reader.bytes);
    provi_digest_add(&digester, &request->method, sizeof request->method);
    provi_digest_add_text(&digester, request->url);
    provi_digest_add_text(&digester, request->uid);
    return provi_digest_end(&digester, source, err);
}

/* What is known of a rule's file, if it came from there; else NULL. */
static const struct provi_known_file *find_any(const struct prov_agent *agent, size_t rule,
                                               const struct provi_digest *source)
{
    if (rule >= PROVI_N_RULES)
        return NULL;
    const struct provi_known_file *file = agent->known.files[rule];
    return file && file->is_set && provi_digest_eq(&file->source, source) ? file : NULL;
}

/* The same, if its values still stand. */
static const struct provi_known_file *find(const struct prov_agent *agent, size_t rule,
                                           const struct provi_digest *source)
{
    const struct provi_known_file *file = find_any(agent, rule, source);
    return file && file->stamp != 0 && file->stamp == stamp_of(agent) ? file : NULL;
}

bool provi_known_is_refused(const struct prov_agent *agent, size_t rule,
                            const struct provi_digest *source)
{
    const struct provi_known_file *file = find_any(agent, rule, source);
    return file && !find(agent, rule, source) &&
           provi_quarantine_has(&agent->quarantine, &file->document);
}

prov_str provi_known_etag(const struct prov_agent *agent, size_t rule,
                          const struct provi_digest *source)
{
    bool is_refused = provi_known_is_refused(agent, rule, source);
    const struct provi_known_file *file =
        is_refused ? find_any(agent, rule, source) : find(agent, rule, source);
    return file ? (prov_str){file->etag, file->etag_len} : (prov_str){0};
}

bool provi_known_has(const struct prov_agent *agent, size_t rule, const struct provi_digest *source,
                     const struct provi_digest *document)
{
    const struct provi_known_file *file = find(agent, rule, source);
    return file && provi_digest_eq(&file->document, document);
}

/* Most devices have one rule. NULL: no memory. */
static struct provi_known_file *make_file(struct prov_agent *agent, size_t rule)
{
    struct provi_known_file **file = &agent->known.files[rule];
    if (!*file)
        *file = provi_alloc_zero(&agent->alloc, sizeof **file);
    return *file;
}

void provi_known_free(struct prov_agent *agent)
{
    for (size_t i = 0; i < PROVI_N_RULES; i++)
        provi_free(&agent->alloc, agent->known.files[i], sizeof *agent->known.files[i]);
}

/* An ETag alone is not worth a write to flash: some servers make a new one with every answer. */
static bool differs(const struct provi_known_file *a, const struct provi_known_file *b)
{
    return !a->is_set || a->stamp != b->stamp || !provi_digest_eq(&a->source, &b->source) ||
           !provi_digest_eq(&a->document, &b->document);
}

/* What is to be remembered; false: nothing. */
static bool describe(const struct prov_agent *agent, size_t rule, const struct provi_digest *source,
                     const struct provi_digest *document, prov_str etag,
                     struct provi_known_file *file)
{
    *file = (struct provi_known_file){.is_set = true, .source = *source};
    bool is_refused = document && provi_quarantine_has(&agent->quarantine, document);
    if (!is_refused)
        file->stamp = stamp_of(agent);
    if (rule >= PROVI_N_RULES || (file->stamp == 0 && !is_refused))
        return false;
    const struct provi_known_file *before = find(agent, rule, source);
    if (document)
        file->document = *document;
    else if (before)
        file->document = before->document; /* the store has not changed: its values still stand */
    if (etag.len > 0 && etag.len <= sizeof file->etag) {
        memcpy(file->etag, etag.data, etag.len);
        file->etag_len = etag.len;
    }
    return true;
}

void provi_known_set(struct prov_agent *agent, size_t rule, const struct provi_digest *source,
                     const struct provi_digest *document, prov_str etag)
{
    struct provi_known *all = &agent->known;
    uint64_t staged_stamp = all->staged_stamp;
    all->staged_stamp = 0;
    struct provi_known_file file;
    struct provi_known_file *known = NULL;
    if (describe(agent, rule, source, document, etag, &file))
        known = make_file(agent, rule);
    if (!known)
        return;
    bool is_kept = staged_stamp != 0 && staged_stamp == file.stamp;
    all->is_changed = !is_kept && (all->is_changed || differs(known, &file));
    *known = file;
}

/* ---- over a reboot ---- */

static prov_status keep(struct prov_agent *agent, struct prov_error *err)
{
    static const struct provi_known_file nothing;
    struct provi_record record;
    provi_keep_begin(&record, agent, mark);
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        const struct provi_known_file *file = agent->known.files[i];
        file = file ? file : &nothing;
        provi_record_number(&record, file->is_set, 1);
        provi_keep_digest(&record, &file->source);
        provi_keep_digest(&record, &file->document);
        provi_record_number(&record, file->stamp, 8);
        provi_record_text(&record, (prov_str){file->etag, file->etag_len});
    }
    return provi_keep_end(&record, agent, name, err);
}

void provi_known_keep(struct prov_agent *agent)
{
    struct prov_error error = {0};
    if (!agent->known.is_changed)
        return;
    agent->known.is_changed = keep(agent, &error) != PROV_OK;
    if (agent->known.is_changed)
        provi_keep_complain(agent, name, &error);
}

void provi_known_stage(struct prov_agent *agent, size_t rule, const struct provi_digest *source,
                       const struct provi_digest *document, prov_str etag)
{
    struct provi_known_file file;
    struct provi_known_file *known = NULL;
    agent->known.staged_stamp = 0;
    if (agent->host.keep && describe(agent, rule, source, document, etag, &file))
        known = make_file(agent, rule);
    if (!known)
        return;
    const struct provi_known_file before = *known;
    *known = file;
    if (keep(agent, NULL) == PROV_OK)
        agent->known.staged_stamp = file.stamp;
    *known = before; /* until the values are committed */
}

static void read_file(struct provi_reading *reading, struct provi_known_file *file)
{
    *file = (struct provi_known_file){.is_set = provi_reading_number(reading, 1) != 0};
    provi_keep_recall_digest(reading, &file->source);
    provi_keep_recall_digest(reading, &file->document);
    file->stamp = provi_reading_number(reading, 8);
    prov_str etag = provi_reading_text(reading);
    if (etag.len > sizeof file->etag)
        etag.len = 0;
    if (etag.len)
        memcpy(file->etag, etag.data, etag.len);
    file->etag_len = etag.len;
    file->is_set &= !reading->is_short;
}

void provi_known_recall(struct prov_agent *agent)
{
    struct provi_reading reading;
    if (!provi_keep_recall(&reading, agent, name, mark))
        return;
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        struct provi_known_file file;
        read_file(&reading, &file);
        struct provi_known_file *known = file.is_set ? make_file(agent, i) : NULL;
        if (known)
            *known = file;
    }
    provi_keep_recall_end(&reading, agent);
}
