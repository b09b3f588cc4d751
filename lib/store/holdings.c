/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What a store holds, and what it can hold. */
#include "store/store_priv.h"

#include "base/str.h"
#include "profile/xml_text.h"

void provi_holdings_init(struct provi_holdings *holdings, const struct prov_alloc *alloc,
                         size_t max_bytes)
{
    provi_stage_init(&holdings->params, alloc, max_bytes);
    provi_stage_init(&holdings->beneath, alloc, max_bytes);
    provi_stage_init(&holdings->kept, alloc, max_bytes);
}

void provi_holdings_free(struct provi_holdings *holdings)
{
    provi_stage_free(&holdings->params);
    provi_stage_free(&holdings->beneath);
    provi_stage_free(&holdings->kept);
}

void provi_changes_init(struct provi_changes *changes, const struct prov_alloc *alloc,
                        size_t max_bytes)
{
    provi_stage_init(&changes->server, alloc, max_bytes);
    provi_stage_init(&changes->user, alloc, max_bytes);
    provi_stage_init(&changes->kept, alloc, max_bytes);
}

void provi_changes_free(struct provi_changes *changes)
{
    provi_stage_free(&changes->server);
    provi_stage_free(&changes->user);
    provi_stage_free(&changes->kept);
}

uint64_t provi_holdings_stamp(const struct provi_holdings *holdings)
{
    return provi_stage_hash(&holdings->beneath, provi_stage_hash(&holdings->params, 0));
}

/* What cannot be read back is refused here, not found out when the file is next opened. */
const char *provi_store_unwritable(const struct prov_param *param)
{
    if (param->name.len > PROVI_XML_MAX_NAME || !provi_xml_is_name(param->name))
        return "the name is no XML name of up to 256 bytes";
    if (!param->has_value)
        return NULL;
    if (provi_str_trim(param->value).len != param->value.len)
        return "the value has blanks at its ends";
    return provi_xml_is_one_line(param->value) ? NULL : "the value is not one line of UTF-8 text";
}
