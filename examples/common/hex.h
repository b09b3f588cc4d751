/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Hexadecimal digits. */
#ifndef COMMON_HEX_H
#define COMMON_HEX_H

/** Value of a digit of either case; -1 for anything else. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/** Value of two digits; -1 if they are not. Reads the second only if the first is a digit. */
static inline int hex_byte(const char *digits)
{
    int high = hex_digit(digits[0]);
    int low = high < 0 ? -1 : hex_digit(digits[1]);
    return low < 0 ? -1 : high * 16 + low;
}

#endif
