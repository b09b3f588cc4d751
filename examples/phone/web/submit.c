/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* memmem() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/text.h"

#include "parameters.h"
#include "web/site.h"

enum { CLEAR_CAP = PARAMETER_NAME_CAP + 8 };

static const char origin[] = "web page";

/* Whether a secret is to be deleted: pages never contain its value, so an empty field means no
 * change. */
static bool is_cleared(const struct web_form *form, prov_str name)
{
    char clear[CLEAR_CAP];
    snprintf(clear, sizeof clear, "clear:%.*s", (int)name.len, name.data);
    return form_find(form, prov_str_from(clear)) != NULL;
}

static bool is_clean(prov_str text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        len = text_utf8_len((prov_str){text.data + i, text.len - i});
        if (len == 0 || (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    }
    return true;
}

static const char *find_fault(prov_str value, const char *shown)
{
    if (!is_clean(value))
        return "expected one line of UTF-8, found a control character or another encoding";
    if (strstr(shown, "***") && memmem(value.data, value.len, "***", 3))
        return "expected the keys and passwords again, found *** in their place";
    return NULL;
}

/* @return PROV_OK, also when the field has an error; a status of the store. */
static prov_status submit_field(struct site *site, struct web_form *form, size_t field,
                                size_t *n_changed, struct prov_error *err)
{
    char name_buf[PARAMETER_NAME_CAP];
    bool is_set, is_secret;
    struct phone *phone = site->phone;
    prov_str name = site_param_name(site, field, name_buf, sizeof name_buf);
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    struct form_field *sent = form_find(form, name);
    if (!sent || !site_may_change(site, info, name))
        return PROV_OK;
    char *shown =
        parameters_presentable(phone->store, name, phone->options->dialect, &is_set, &is_secret);
    if (!shown)
        return PROV_E_NOMEM;
    bool is_same =
        is_secret ? sent->value.len == 0 && !is_cleared(form, name) : text_is(sent->value, shown);
    const char *fault = is_same ? NULL : find_fault(sent->value, is_secret ? "" : shown);
    free(shown);
    if (is_same)
        return PROV_OK;
    struct prov_error why = {0};
    prov_status status =
        fault ? PROV_E_VALUE
              : parameters_stage(phone->store, origin, !site->is_admin, name, sent->value, &why);
    if (status == PROV_OK) {
        ++*n_changed;
        return PROV_OK;
    }
    if (status == PROV_E_NOMEM || !(sent->error = strdup(fault ? fault : why.message)))
        return PROV_E_NOMEM;
    site->n_errors++;
    (void)err;
    return PROV_OK;
}

prov_status submit_store(struct site *site, struct web_form *form, size_t *n_changed,
                         struct prov_error *err)
{
    prov_store *store = site->phone->store;
    *n_changed = 0;
    prov_status status = prov_store_begin(store, err);
    if (status != PROV_OK)
        return status;
    for (size_t field = site_next_field(site, SIZE_MAX); field != SIZE_MAX && status == PROV_OK;
         field = site_next_field(site, field))
        status = submit_field(site, form, field, n_changed, err);
    if (status == PROV_OK && site->n_errors)
        status = PROV_E_VALUE;
    if (status == PROV_OK && *n_changed)
        return prov_store_commit(store, err);
    prov_store_rollback(store);
    return status;
}
