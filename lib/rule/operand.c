/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Operands, and the order of versions. Source: MPP Administration Guide 11.3, "Provisioning
 * Formats", comparison of version numbers; SPA Provisioning Guide, the same.
 */
#include "rule/operand.h"

#include <string.h>

#include "base/array.h"
#include "base/str.h"

/* Cut the leading characters that pass off the text. */
static prov_str take_while(prov_str *rest, bool (*passes)(char))
{
    size_t len = 0;
    while (len < rest->len && passes(rest->data[len]))
        len++;
    prov_str taken = {rest->data, len};
    *rest = provi_str_from_offset(*rest, len);
    return taken;
}

static bool take_char(prov_str *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c)
        return false;
    *rest = provi_str_from_offset(*rest, 1);
    return true;
}

/* Numbers of any length. */
static int compare_digits(prov_str a, prov_str b)
{
    while (take_char(&a, '0'))
        ;
    while (take_char(&b, '0'))
        ;
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.data, b.data, a.len) : 0;
}

/* Digits as a number, then the rest in ASCII order. */
static int compare_component(prov_str a, prov_str b)
{
    prov_str a_digits = take_while(&a, provi_is_digit);
    prov_str b_digits = take_while(&b, provi_is_digit);
    int order = compare_digits(a_digits, b_digits);
    size_t len = a.len < b.len ? a.len : b.len;
    if (order == 0 && len)
        order = memcmp(a.data, b.data, len);
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

enum { N_NUMBERS = 4 }; /* major, minor, maintenance, build */

struct dotted {
    prov_str numbers[N_NUMBERS]; /* those missing are empty, which is 0 */
    size_t n_numbers;
    prov_str suffix;
};

/* One to four numbers and an optional suffix. A suffix in place of the fourth number is allowed:
 * `7.6.2.a` means `7.6.2a`. */
static bool split_dotted(prov_str text, struct dotted *dotted)
{
    *dotted = (struct dotted){0};
    do {
        if (dotted->n_numbers == N_NUMBERS)
            return false;
        prov_str number = take_while(&text, provi_is_digit);
        bool is_suffix =
            dotted->n_numbers == N_NUMBERS - 1 && text.len && provi_is_alpha(text.data[0]);
        if (number.len == 0 && !is_suffix)
            return false;
        dotted->numbers[dotted->n_numbers++] = number;
    } while (take_char(&text, '.'));
    bool is_in_parentheses = take_char(&text, '(');
    dotted->suffix = take_while(&text, provi_is_alnum);
    if (is_in_parentheses && (dotted->suffix.len == 0 || !take_char(&text, ')')))
        return false;
    return text.len == 0;
}

/* Order of two dotted versions, or of one and an integer: negative, 0, positive. */
static int compare_dotted(prov_str a, prov_str b)
{
    bool a_is_negative = take_char(&a, '-');
    bool b_is_negative = take_char(&b, '-');
    if (a_is_negative || b_is_negative)
        return (int)b_is_negative - (int)a_is_negative;
    struct dotted left, right;
    split_dotted(a, &left);
    split_dotted(b, &right);
    for (size_t i = 0; i < N_NUMBERS; i++) {
        int order = compare_digits(left.numbers[i], right.numbers[i]);
        if (order)
            return order;
    }
    if (left.suffix.len == 0 || right.suffix.len == 0)
        return (left.suffix.len > 0) - (right.suffix.len > 0);
    return compare_component(left.suffix, right.suffix);
}

struct load {
    prov_str components; /* separated by '-', without the build */
    prov_str extra;      /* the digits behind `MPP` in the last one, e.g. `0001` */
    prov_str build;      /* digits; empty: none */
};

static bool is_model_char(char c)
{
    return provi_is_alnum(c) || c == '_';
}

static prov_str without_file_suffix(prov_str text)
{
    static const char suffixes[][7] = {".loads", ".bin", ".img", ".zip"};
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        prov_str suffix = prov_str_from(suffixes[i]);
        if (text.len >= suffix.len &&
            provi_str_eq_nocase(provi_str_from_offset(text, text.len - suffix.len), suffix))
            return (prov_str){text.data, text.len - suffix.len};
    }
    return text;
}

static size_t last_component(prov_str text)
{
    size_t start = text.len;
    while (start > 0 && text.data[start - 1] != '-')
        start--;
    return start;
}

/* `-110` or `-1dev` at the end is the build if a component before it has a letter. */
static void split_build(struct load *load)
{
    size_t start = last_component(load->components);
    prov_str last = provi_str_from_offset(load->components, start);
    prov_str digits = take_while(&last, provi_is_digit);
    bool is_number = digits.len && (last.len == 0 || provi_str_eq_nocase(last, PROVI_LIT("dev")));
    prov_str before = {load->components.data, start ? start - 1 : 0};
    bool has_letter = false;
    for (size_t i = 0; i < before.len; i++)
        has_letter |= provi_is_alpha(before.data[i]);
    if (!is_number || !has_letter)
        return;
    load->build = digits;
    load->components = before;
}

/* `MPP` in the last component has no value of its own; digits after it are another component. */
static void split_fixed_part(struct load *load)
{
    prov_str *all = &load->components;
    for (size_t at = last_component(*all); at + 3 <= all->len; at++) {
        bool is_end = at + 3 == all->len || provi_is_digit(all->data[at + 3]);
        if (!provi_str_eq_nocase((prov_str){all->data + at, 3}, PROVI_LIT("MPP")) || !is_end)
            continue;
        load->extra = (prov_str){all->data + at + 3, all->len - at - 3};
        all->len = at;
        return;
    }
}

static bool are_components(prov_str text)
{
    prov_str component;
    size_t n = 0;
    for (; provi_str_split(&text, '-', &component); n++) {
        if (component.len == 0 || !provi_is_digit(component.data[0]))
            return false;
        take_while(&component, provi_is_alnum);
        if (component.len)
            return false;
    }
    return n >= 2;
}

static bool split_load(prov_str text, struct load *load)
{
    text = without_file_suffix(text);
    prov_str rest = text; /* behind a name in front, `sip88xx.`; components begin with a digit */
    if (text.len > 0 && provi_is_alpha(text.data[0])) {
        take_while(&rest, is_model_char);
        rest = take_char(&rest, '.') ? rest : text;
    }
    *load = (struct load){.components = rest};
    if (!are_components(load->components))
        return false;
    split_build(load);
    split_fixed_part(load);
    return true;
}

static bool next_component(struct load *load, prov_str *component)
{
    if (provi_str_split(&load->components, '-', component))
        return true;
    *component = load->extra;
    load->extra.len = 0;
    return component->len > 0;
}

/* Order of two loads. Model and file suffix are ignored; builds are compared if both have one. */
static int compare_loads(prov_str a, prov_str b)
{
    struct load left, right;
    split_load(a, &left);
    split_load(b, &right);
    for (;;) {
        prov_str a_component, b_component;
        bool a_has = next_component(&left, &a_component);
        bool b_has = next_component(&right, &b_component);
        if (a_has != b_has)
            return (int)a_has - (int)b_has;
        if (!a_has)
            break;
        int order = compare_component(a_component, b_component);
        if (order)
            return order;
    }
    bool both_have = left.build.len && right.build.len;
    return both_have ? compare_digits(left.build, right.build) : 0;
}

static bool to_integer(prov_str word, int64_t *number)
{
    bool is_negative = word.len && word.data[0] == '-';
    uint64_t magnitude;
    if (!provi_str_to_u64(is_negative ? provi_str_from_offset(word, 1) : word, INT64_MAX,
                          &magnitude))
        return false;
    *number = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool provi_operand_classify(prov_str word, struct provi_operand *operand)
{
    struct dotted dotted; /* `1.0`, `2.0.6`, `1.0.31(b)`, `7.5.2b`, `7.6.2.a`, `1.4.1.3` */
    struct load load;     /* `sip88xx.11-3-1MPP-110.loads`, `11-1-0MPP-19`; in any case */
    *operand = (struct provi_operand){.text = word};
    if (to_integer(word, &operand->number))
        operand->type = PROV_RULE_TYPE_INTEGER;
    else if (split_dotted(word, &dotted) && dotted.n_numbers >= 2)
        operand->type = PROV_RULE_TYPE_DOTTED;
    else if (split_load(word, &load))
        operand->type = PROV_RULE_TYPE_LOAD;
    return operand->type != 0;
}

uint32_t provi_operand_common_type(uint32_t left, uint32_t right)
{
    if (left == right)
        return left;
    bool is_promotion = (left == PROV_RULE_TYPE_INTEGER && right == PROV_RULE_TYPE_DOTTED) ||
                        (left == PROV_RULE_TYPE_DOTTED && right == PROV_RULE_TYPE_INTEGER);
    return is_promotion ? PROV_RULE_TYPE_DOTTED : 0;
}

int provi_operand_compare(uint32_t type, const struct provi_operand *left,
                          const struct provi_operand *right)
{
    switch (type) {
    case PROV_RULE_TYPE_STRING: return provi_str_eq(left->text, right->text) ? 0 : 1;
    case PROV_RULE_TYPE_INTEGER:
        return (left->number > right->number) - (left->number < right->number);
    case PROV_RULE_TYPE_DOTTED: return compare_dotted(left->text, right->text);
    default: return compare_loads(left->text, right->text);
    }
}

bool provi_operand_holds(uint32_t op, int order)
{
    switch (op) {
    case PROV_RULE_OP_EQ: return order == 0;
    case PROV_RULE_OP_NE: return order != 0;
    case PROV_RULE_OP_LT: return order < 0;
    case PROV_RULE_OP_LE: return order <= 0;
    case PROV_RULE_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

const char *provi_operand_type_text(uint32_t type)
{
    static const char *const texts[] = {
        [0] = "$SWVER",
        [PROV_RULE_TYPE_STRING] = "a quoted string",
        [PROV_RULE_TYPE_INTEGER] = "an integer",
        [PROV_RULE_TYPE_DOTTED] = "a dotted version",
        [PROV_RULE_TYPE_LOAD] = "a phone load version",
    };
    return type < PROVI_LEN(texts) ? texts[type] : "?";
}

const char *provi_operand_op_text(uint32_t op)
{
    static const char texts[][3] = {"eq", "ne", "lt", "le", "gt", "ge"};
    return op < PROVI_LEN(texts) ? texts[op] : "?";
}
