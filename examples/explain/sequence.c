/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sequence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "common/parameter.h"

#include "finding.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

const char *sequence_stop_name(enum sequence_stop stop)
{
    static const char *const names[] = {
        [SEQUENCE_RUNNING] = "running", [SEQUENCE_NONE] = "none",
        [SEQUENCE_CIRCLE] = "circle",   [SEQUENCE_NO_NAME] = "no-version",
        [SEQUENCE_REFUSED] = "refused", [SEQUENCE_TOO_LONG] = "too-long",
    };
    return lookup_name(names, LEN(names), stop);
}

const char *sequence_stop_words(enum sequence_stop stop)
{
    static const char *const words[] = {
        [SEQUENCE_RUNNING] = "stops: this load runs",
        [SEQUENCE_NONE] = "stops: the rule names no load",
        [SEQUENCE_CIRCLE] = "stops: the rule names a load that was installed before",
        [SEQUENCE_NO_NAME] = "not followed further: the file's name has no version",
        [SEQUENCE_REFUSED] = "stops: no request can be made",
        [SEQUENCE_TOO_LONG] = "not followed further: too many loads",
    };
    return lookup_name(words, LEN(words), stop);
}

/* Last component of a path, without query and `.loads`, `.bin` or `.img`. */
static prov_str load_of(prov_str path)
{
    static const char *const suffixes[] = {".loads", ".bin", ".img"};
    const char *query = path.len ? memchr(path.data, '?', path.len) : NULL;
    size_t end = query ? (size_t)(query - path.data) : path.len;
    size_t begin = end;
    while (begin > 0 && path.data[begin - 1] != '/')
        begin--;
    prov_str load = {path.data + begin, end - begin};
    for (size_t i = 0; i < LEN(suffixes); i++) {
        size_t len = strlen(suffixes[i]);
        if (load.len > len && memcmp(load.data + load.len - len, suffixes[i], len) == 0)
            load.len -= len;
    }
    return load;
}

/* `7.5.2b` for `spa50x-30x-7-5-2b`: an SPA phone's version is not the name of its file. */
static bool make_spa_version(const char *load, char *version)
{
    size_t len = strlen(load), begin = len, n_hyphens = 0;
    if (strncmp(load, "spa", 3) != 0)
        return false;
    while (begin > 0 && (isalnum((unsigned char)load[begin - 1]) || load[begin - 1] == '-')) {
        n_hyphens += load[begin - 1] == '-';
        if (n_hyphens == 3)
            break;
        begin--;
    }
    if (n_hyphens != 3 || !isdigit((unsigned char)load[begin]))
        return false;
    for (size_t i = begin; i <= len; i++)
        version[i - begin] = load[i];
    for (char *at = version; *at; at++)
        if (*at == '-')
            *at = '.';
    return true;
}

static void copy(char to[SEQUENCE_LOAD_CAP], prov_str text)
{
    size_t len = text.len < SEQUENCE_LOAD_CAP ? text.len : SEQUENCE_LOAD_CAP - 1;
    if (len)
        memcpy(to, text.data, len);
    to[len] = '\0';
}

void sequence_begin(struct sequence *sequence, prov_str version)
{
    *sequence = (struct sequence){.stop = SEQUENCE_GOES_ON};
    copy(sequence->from, load_of(version));
    copy(sequence->version, load_of(version));
}

/* Assignments change parameters, and so the rule: loads installed before do not count any more. */
static bool assign(struct sequence *sequence, const struct finding *finding, prov_store *store)
{
    struct prov_rule_assignment assignment;
    uint32_t alternative = (uint32_t)finding->chosen;
    size_t n = prov_rule_n_assignments(finding->rule, alternative);
    if (n == 0)
        return true;
    bool is_fine = prov_store_begin(store, NULL) == PROV_OK;
    for (size_t i = 0; i < n && is_fine; i++)
        is_fine =
            prov_rule_assignment_get(finding->rule, alternative, i, &assignment) == PROV_OK &&
            parameter_set(store, assignment.name, assignment.value, NULL, NULL) != PROV_E_NOMEM;
    if (!is_fine) {
        prov_store_rollback(store);
        return false;
    }
    sequence->first_kept = sequence->n_loads;
    return prov_store_commit(store, NULL) == PROV_OK;
}

static enum sequence_stop stop_of(const struct sequence *sequence, const char *load,
                                  const char *version)
{
    if (strcmp(version, sequence->version) == 0 || strcmp(load, sequence->version) == 0)
        return SEQUENCE_RUNNING;
    for (size_t i = sequence->first_kept; i < sequence->n_loads; i++)
        if (strcmp(load, sequence->loads[i]) == 0)
            return SEQUENCE_CIRCLE;
    return sequence->n_loads == SEQUENCE_MAX ? SEQUENCE_TOO_LONG : SEQUENCE_GOES_ON;
}

bool sequence_step(struct sequence *sequence, const struct finding *finding,
                   struct macro_vars *macro_vars)
{
    char load[SEQUENCE_LOAD_CAP], version[SEQUENCE_LOAD_CAP];
    bool is_refused = finding->status != PROV_OK;
    for (size_t i = 0; i < finding->n_requests; i++)
        is_refused = is_refused || finding->requests[i].status != PROV_OK;
    if (is_refused || finding->n_requests == 0) {
        sequence->stop = is_refused ? SEQUENCE_REFUSED : SEQUENCE_NONE;
        return true;
    }
    copy(load, load_of(finding->requests[0].target.path));
    if (!make_spa_version(load, version))
        copy(version, prov_str_from(load));
    if (!assign(sequence, finding, macro_vars->store))
        return false;
    sequence->stop = stop_of(sequence, load, version);
    if (sequence->stop != SEQUENCE_GOES_ON)
        return true;
    copy(sequence->loads[sequence->n_loads++], prov_str_from(load));
    copy(sequence->version, prov_str_from(version));
    if (!strpbrk(version, "0123456789"))
        sequence->stop = SEQUENCE_NO_NAME;
    return facts_set_version(macro_vars, sequence->version) == EXIT_OK;
}
