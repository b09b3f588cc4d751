/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/status.h"

#include "base/array.h"

struct status_word {
    prov_status status;
    const char *name;
    const char *text;
};

#define WORD(status, text)                                                                         \
    {                                                                                              \
        status, #status, text                                                                      \
    }

static const struct status_word words[] = {
    WORD(PROV_OK, "success"),
    WORD(PROV_E_INVALID, "invalid argument"),
    WORD(PROV_E_STATE, "not possible in this state"),
    WORD(PROV_E_NOMEM, "out of memory"),
    WORD(PROV_E_ABI, "struct from an unknown release"),
    WORD(PROV_E_UNSUPPORTED, "not supported"),
    WORD(PROV_E_HOST, "refused by the host"),
    WORD(PROV_E_CANCELLED, "cancelled"),
    WORD(PROV_E_IO, "storage failed"),
    WORD(PROV_E_BUSY, "in use by someone else"),
    WORD(PROV_E_SYNTAX, "does not parse"),
    WORD(PROV_E_LIMIT, "too large"),
    WORD(PROV_E_TRUNCATED, "cut short"),
    WORD(PROV_E_CORRUPT, "damaged, or not what it claims to be"),
    WORD(PROV_E_KEY, "encrypted with another key"),
    WORD(PROV_E_NO_KEY, "encrypted, and no key was given"),
    WORD(PROV_E_NOT_ENCRYPTED, "plain where encryption was promised"),
    WORD(PROV_E_POLICY, "forbidden by policy"),
    WORD(PROV_E_VALUE, "value does not fit its type"),
    WORD(PROV_E_NOT_FOUND, "not found"),
    WORD(PROV_E_QUARANTINED, "rolled back without a confirmation"),
    WORD(PROV_E_NO_SERVER, "no server"),
    WORD(PROV_E_DNS, "name look-up failed"),
    WORD(PROV_E_CONNECT, "cannot connect"),
    WORD(PROV_E_TIMEOUT, "no answer in time"),
    WORD(PROV_E_NETWORK, "conversation broke off"),
    WORD(PROV_E_TLS, "no trusted connection"),
    WORD(PROV_E_AUTH, "credentials refused"),
    WORD(PROV_E_SERVER, "server answered with a failure"),
    WORD(PROV_E_REDIRECT, "redirect not followed"),
};

static const struct status_word *find(prov_status status)
{
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (words[i].status == status)
            return &words[i];
    return NULL;
}

bool provi_status_is_known(prov_status status)
{
    return find(status) != NULL;
}

const char *prov_status_name(prov_status status)
{
    const struct status_word *word = find(status);
    return word ? word->name : "PROV_E_?";
}

const char *prov_status_text(prov_status status)
{
    const struct status_word *word = find(status);
    return word ? word->text : "unknown status";
}
