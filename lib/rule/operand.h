/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The two sides of a comparison. */
#ifndef PROVI_RULE_OPERAND_H
#define PROVI_RULE_OPERAND_H

#include <provision/rule.h>

struct provi_operand {
    uint32_t type; /* enum prov_rule_type; 0: none written, $SWVER */
    prov_str text; /* of a string: without quotes */
    int64_t number;
};

/** Integer, dotted version or load, by the form of a bare word; false if it is none of them. */
bool provi_operand_classify(prov_str word, struct provi_operand *operand);

/** The type two operands are compared as; 0 if they cannot be compared. */
uint32_t provi_operand_common_type(uint32_t left, uint32_t right);

/** Order of two operands as @p type, which both have or can be taken for. */
int provi_operand_compare(uint32_t type, const struct provi_operand *left,
                          const struct provi_operand *right);

/** Whether `left op right` holds, given their order. */
bool provi_operand_holds(uint32_t op, int order);

/** A type in words, e.g. `an integer`. */
const char *provi_operand_type_text(uint32_t type);

/** An operator as printed, e.g. `ge`. */
const char *provi_operand_op_text(uint32_t op);

#endif
