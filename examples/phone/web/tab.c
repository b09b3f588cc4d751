/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/parameter.h"

#include "parameters.h"
#include "web/site.h"

enum { NAME_CAP = PARAMETER_NAME_CAP };

/* A field, as shown on the page. */
struct site_field {
    char name[NAME_CAP];
    prov_str param;
    const struct prov_param_info *info;
    char *value; /* secrets masked; owned */
    bool is_set, is_secret, is_masked, may_change;
    const struct form_field *sent; /* NULL: not submitted */
};

static void clear(struct site *site)
{
    if (site->shown)
        free(site->shown->value);
    free(site->shown);
    site->shown = NULL;
}

void tab_end(struct site *site)
{
    clear(site);
}

/* Without memory, the field has no value and cannot be changed. */
static void show(struct site *site, size_t field)
{
    const struct phone *phone = site->phone;
    struct site_field *shown = calloc(1, sizeof *shown);
    clear(site);
    site->field = field;
    site->shown = shown;
    if (!shown)
        return;
    site->n_shown++;
    shown->param = site_param_name(site, field, shown->name, sizeof shown->name);
    shown->info = prov_catalogue_find(shown->param, NULL);
    shown->value = parameters_presentable(phone->store, shown->param, phone->options->dialect,
                                          &shown->is_set, &shown->is_secret);
    shown->is_masked = !shown->is_secret && shown->value && strstr(shown->value, "***");
    shown->may_change = shown->value && site_may_change(site, shown->info, shown->param);
    if (site->form)
        shown->sent = form_find(site->form, shown->param);
}

/* @return The number of the choice with this index; empty: there is none. */
static prov_str choice_at(const struct prov_param_info *info, size_t index)
{
    const char *choices = info->type == PROV_PARAM_TYPE_BOOL ? "Yes|No" : info->choices;
    if (info->flags & PROV_PARAM_FLAG_MAY_BE_EMPTY && index-- == 0)
        return (prov_str){"", 0};
    while (choices) {
        size_t len = strcspn(choices, "|");
        if (index-- == 0)
            return (prov_str){choices, len};
        choices = choices[len] ? choices + len + 1 : NULL;
    }
    return (prov_str){NULL, 0};
}

static prov_str current_value(const struct site_field *shown)
{
    if (shown->sent && !shown->is_secret)
        return shown->sent->value;
    return prov_str_from(shown->is_secret || !shown->value ? "" : shown->value);
}

static bool is_selected(const struct site *site)
{
    prov_str choice = choice_at(site->shown->info, site->option);
    prov_str value = prov_catalogue_choice(site->shown->info, current_value(site->shown));
    return choice.len == value.len && strncasecmp(choice.data, value.data, value.len) == 0;
}

static bool has_choices(const struct site_field *shown)
{
    return shown->info && (shown->info->type == PROV_PARAM_TYPE_BOOL ||
                           (shown->info->type == PROV_PARAM_TYPE_ENUM && shown->info->choices));
}

bool tab_value(struct site *site, const char *name, prov_str *value)
{
    const struct site_field *shown = site->shown;
    const struct web_field *field = &site->request->web->fields[site->field];
    if (strcmp(name, "section") == 0)
        *value = prov_str_from(field->place.section);
    else if (!shown)
        return false;
    else if (strcmp(name, "name") == 0)
        *value = shown->param;
    else if (strcmp(name, "label") == 0)
        *value = prov_str_from(field->place.label);
    else if (strcmp(name, "value") == 0)
        *value = current_value(shown);
    else if (strcmp(name, "help") == 0)
        *value = prov_str_from(field->help);
    else if (strcmp(name, "error") == 0)
        *value = prov_str_from(shown->sent && shown->sent->error ? shown->sent->error : "");
    else if (strcmp(name, "option") == 0)
        *value = choice_at(shown->info, site->option);
    else
        return false;
    return true;
}

/* Find the section with this index among those with a visible field. */
static bool next_section(struct site *site, size_t index)
{
    const struct web_field *fields = site->request->web->fields;
    const char *last = index ? fields[site->field].place.section : "";
    size_t field = index ? site->field : SIZE_MAX;
    do {
        field = site_next_field(site, field);
    } while (field != SIZE_MAX && strcmp(fields[field].place.section, last) == 0);
    if (field == SIZE_MAX)
        return false;
    site->field = field;
    return true;
}

static bool next_field(struct site *site, size_t index)
{
    const struct web_field *fields = site->request->web->fields;
    size_t field = index ? site_next_field(site, site->field) : site->field;
    bool is_same = field != SIZE_MAX &&
                   strcmp(fields[field].place.section, fields[site->field].place.section) == 0;
    if (is_same)
        show(site, field);
    else
        clear(site);
    return is_same;
}

static bool next_option(struct site *site, size_t index)
{
    site->option = index;
    return choice_at(site->shown->info, index).data != NULL;
}

bool tab_section(struct site *site, const char *name, size_t index, bool *is_there)
{
    const struct site_field *shown = site->shown;
    if (strcmp(name, "sections") == 0) {
        *is_there = next_section(site, index);
        return true;
    }
    if (strcmp(name, "fields") == 0) {
        *is_there = next_field(site, index);
        return true;
    }
    if (!shown)
        return false;
    if (strcmp(name, "options") == 0) {
        *is_there = next_option(site, index);
        return true;
    }
    const struct {
        const char *name;
        bool is_there;
    } once[] = {
        {"fixed", !shown->may_change},
        {"secret", shown->may_change && shown->is_secret},
        {"choice", shown->may_change && !shown->is_secret && has_choices(shown)},
        {"text", shown->may_change && !shown->is_secret && !has_choices(shown)},
        {"is_set", shown->is_set},
        {"masked", shown->is_masked && shown->may_change},
        {"help", site->request->web->fields[site->field].help != NULL},
        {"bad", shown->sent && shown->sent->error},
        {"number", shown->info && shown->info->type == PROV_PARAM_TYPE_UNSIGNED},
    };
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (strcmp(name, once[i].name) != 0)
            continue;
        *is_there = index == 0 && once[i].is_there;
        return true;
    }
    if (strcmp(name, "selected") != 0)
        return false;
    *is_there = index == 0 && is_selected(site);
    return true;
}
