/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/operand.h"

#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "rule/version.h"

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
    *operand = (struct provi_operand){.text = word};
    if (to_integer(word, &operand->number))
        operand->type = PROV_RULE_INTEGER;
    else if (provi_version_is_dotted(word))
        operand->type = PROV_RULE_DOTTED;
    else if (provi_version_is_load(word))
        operand->type = PROV_RULE_LOAD;
    return operand->type != 0;
}

uint32_t provi_operand_common_type(uint32_t left, uint32_t right)
{
    if (left == right)
        return left;
    bool is_promotion = (left == PROV_RULE_INTEGER && right == PROV_RULE_DOTTED) ||
                        (left == PROV_RULE_DOTTED && right == PROV_RULE_INTEGER);
    return is_promotion ? PROV_RULE_DOTTED : 0;
}

int provi_operand_compare(uint32_t type, const struct provi_operand *left,
                          const struct provi_operand *right)
{
    switch (type) {
    case PROV_RULE_STRING: return provi_str_eq(left->text, right->text) ? 0 : 1;
    case PROV_RULE_INTEGER: return (left->number > right->number) - (left->number < right->number);
    case PROV_RULE_DOTTED: return provi_version_compare_dotted(left->text, right->text);
    default: return provi_version_compare_loads(left->text, right->text);
    }
}

bool provi_operand_holds(uint32_t op, int order)
{
    switch (op) {
    case PROV_RULE_EQ: return order == 0;
    case PROV_RULE_NE: return order != 0;
    case PROV_RULE_LT: return order < 0;
    case PROV_RULE_LE: return order <= 0;
    case PROV_RULE_GT: return order > 0;
    default: return order >= 0;
    }
}

const char *provi_operand_type_text(uint32_t type)
{
    static const char *const texts[] = {
        [0] = "$SWVER",
        [PROV_RULE_STRING] = "a quoted string",
        [PROV_RULE_INTEGER] = "an integer",
        [PROV_RULE_DOTTED] = "a dotted version",
        [PROV_RULE_LOAD] = "a phone load version",
    };
    return type < PROVI_LEN(texts) ? texts[type] : "?";
}

const char *provi_operand_op_text(uint32_t op)
{
    static const char texts[][3] = {"eq", "ne", "lt", "le", "gt", "ge"};
    return op < PROVI_LEN(texts) ? texts[op] : "?";
}
