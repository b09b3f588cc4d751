/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "parameters.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <provision/provision.h>

#include "common/json_object.h"
#include "common/phone_names.h"
#include "common/text.h"

enum {
    MAX_NAME = 128,
    MAX_TYPE = 512,
    MAX_TYPE_COLUMN = 24, /* longer lists of choices shift the line to the right */
    MAX_DEFAULT_COLUMN = 24,
};

/* Convert to lower case, with `_` for all separators: `resync_at_hhmm_` for `Resync At (HHmm)`. */
static void simplify(char *to, const char *from)
{
    size_t n = 0;
    for (; *from && n + 1 < MAX_NAME; from++) {
        bool is_kept = isalnum((unsigned char)*from) || strchr("*?", *from);
        if (is_kept)
            to[n++] = (char)tolower((unsigned char)*from);
        else if (n == 0 || to[n - 1] != '_')
            to[n++] = '_';
    }
    to[n] = '\0';
}

/* A pattern without `*` and `?` matches a part of the name, or a per-line name: `User_ID_3_`. */
static bool is_wanted(const struct prov_param_info *info, const char *pattern)
{
    char name[MAX_NAME], wanted[MAX_NAME];
    if (!pattern)
        return true;
    simplify(name, info->name);
    simplify(wanted, pattern);
    if (strpbrk(wanted, "*?"))
        return fnmatch(wanted, name, FNM_NOESCAPE) == 0;
    bool is_its_line = info->flags & PROV_PARAM_FLAG_PER_LINE &&
                       prov_catalogue_find(prov_str_from(pattern), NULL) == info;
    return is_its_line || strstr(name, wanted);
}

static const struct prov_param_info *next_wanted(const char *pattern, size_t *index)
{
    const struct prov_param_info *info;
    while ((info = prov_catalogue_at((*index)++)))
        if (is_wanted(info, pattern))
            return info;
    return NULL;
}

/* Write `number 0..65535`, `none|tftp|http|https`. */
static const char *describe_type(const struct prov_param_info *info, char buf[MAX_TYPE])
{
    if (info->type == PROV_PARAM_TYPE_UNSIGNED)
        snprintf(buf, MAX_TYPE, "%lu..%lu", (unsigned long)info->min, (unsigned long)info->max);
    else if (info->type == PROV_PARAM_TYPE_BOOL)
        snprintf(buf, MAX_TYPE, "Yes|No");
    else if (info->choices)
        snprintf(buf, MAX_TYPE, "%s", info->choices);
    else
        snprintf(buf, MAX_TYPE, "%s", prov_param_type_name(info->type));
    return buf;
}

static const struct {
    uint32_t flag;
    const char *words; /* as text */
    const char *name;  /* in JSON */
} marks[] = {
    {PROV_PARAM_FLAG_SECRET, "secret", "is_secret"},
    {PROV_PARAM_FLAG_REBOOT, "after a reboot", "needs_reboot"},
    {PROV_PARAM_FLAG_READ_ONLY, "read only", "is_read_only"},
    {PROV_PARAM_FLAG_PER_LINE, "per line", "is_per_line"},
    {PROV_PARAM_FLAG_MAY_BE_EMPTY, "may be empty", "may_be_empty"},
};

enum { N_MARKS = sizeof marks / sizeof marks[0] };

/* Column widths; 0: columns are separated by tabs. */
struct widths {
    int name, type, value;
};

static int wider(int width, const char *text, int limit)
{
    int len = (int)strlen(text);
    return len > width && len <= limit ? len : width;
}

static struct widths measure(const struct options *options)
{
    struct widths widths = {0};
    char type[MAX_TYPE];
    const struct prov_param_info *info;
    if (!isatty(STDOUT_FILENO))
        return widths;
    for (size_t i = 0; (info = next_wanted(options->pattern, &i));) {
        const char *value = prov_catalogue_default(info, prov_dialect_get(options->dialect));
        widths.name = wider(widths.name, info->name, MAX_NAME);
        widths.type = wider(widths.type, describe_type(info, type), MAX_TYPE_COLUMN);
        widths.value = wider(widths.value, value, MAX_DEFAULT_COLUMN);
    }
    return widths;
}

static void print_marks(uint32_t flags)
{
    const char *before = " (";
    for (size_t i = 0; i < N_MARKS; i++) {
        if (!(flags & marks[i].flag))
            continue;
        printf("%s%s", before, marks[i].words);
        before = ", ";
    }
    fputs(before[0] == ',' ? ")\n" : "\n", stdout);
}

static void print_text(const struct prov_param_info *info, const struct options *options,
                       const struct widths *widths)
{
    char type[MAX_TYPE];
    const char *gap = widths->name ? "  " : "\t";
    printf("%-*s%s", widths->name, info->name, gap);
    if (info->synonym_of) {
        printf("same as %s\n", info->synonym_of);
        return;
    }
    const char *value = prov_catalogue_default(info, prov_dialect_get(options->dialect));
    printf("%-*s%s%-*s%s%s", widths->type, describe_type(info, type), gap, widths->value, value,
           gap, prov_catalogue_meaning(info));
    print_marks(info->flags);
}

static void add_choices(struct json_object *object, const char *choices)
{
    struct json_object array = json_add_array(object, "choices");
    while (*choices) {
        size_t len = strcspn(choices, "|");
        json_add_text(&array, NULL, (prov_str){choices, len});
        choices += len + (choices[len] == '|');
    }
    json_end(&array);
}

static void add_synonyms(struct json_object *object, const char *name)
{
    const struct prov_param_info *info;
    struct json_object array = json_add_array(object, "synonyms");
    for (size_t i = 0; (info = prov_catalogue_at(i)); i++)
        if (info->synonym_of && strcmp(info->synonym_of, name) == 0)
            json_add_word(&array, NULL, info->name);
    json_end(&array);
}

static void add_details(struct json_object *object, const struct prov_param_info *info,
                        const struct options *options)
{
    json_add_word(object, "type", prov_param_type_name(info->type));
    if (info->type == PROV_PARAM_TYPE_UNSIGNED) {
        json_add_number(object, "min", info->min);
        json_add_number(object, "max", info->max);
    }
    if (info->type != PROV_PARAM_TYPE_UNSIGNED)
        json_add_number_if_set(object, "max_bytes", info->max);
    if (info->choices)
        add_choices(object, info->choices);
    json_add_word(object, "default",
                  prov_catalogue_default(info, prov_dialect_get(options->dialect)));
    for (size_t i = 0; i < N_MARKS; i++)
        if (info->flags & marks[i].flag)
            json_add_true(object, marks[i].name);
    add_synonyms(object, info->name);
    json_add_word(object, "meaning", prov_catalogue_meaning(info));
}

static void print_json(const struct options *options)
{
    const struct prov_param_info *info;
    struct json_object object = json_begin(stdout);
    struct json_object array = json_add_array(&object, "parameters");
    for (size_t i = 0; (info = next_wanted(options->pattern, &i));) {
        struct json_object parameter = json_add_object(&array, NULL);
        json_add_word(&parameter, "name", info->name);
        if (info->synonym_of)
            json_add_word(&parameter, "synonym_of", info->synonym_of);
        else
            add_details(&parameter, info, options);
        json_end(&parameter);
    }
    json_end(&array);
    json_end(&object);
    fputc('\n', stdout);
}

static int print_no_match(const char *pattern)
{
    char meant[PARAMETER_NAME_CAP];
    prov_str name = prov_str_from(pattern);
    if (phone_name_is_known(name))
        fprintf(stderr, "%s: %s: phones have it, provisioning does not need it\n", program_name,
                pattern);
    else if (phone_name_suggest(name, meant))
        fprintf(stderr, "%s: %s: not in the catalogue; is %s meant?\n", program_name, pattern,
                meant);
    else
        fprintf(stderr, "%s: %s: in no name of the catalogue\n", program_name, pattern);
    return EXIT_FAILED;
}

int parameters_list(const struct options *options)
{
    const struct prov_param_info *info;
    struct widths widths = measure(options);
    size_t n_found = 0;
    if (options->answer.is_json)
        print_json(options);
    for (size_t i = 0; (info = next_wanted(options->pattern, &i)); n_found++)
        if (!options->answer.is_json)
            print_text(info, options, &widths);
    return n_found ? EXIT_OK : print_no_match(options->pattern);
}
