/* The version, for the module and the tests that compare the changelog with it.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_VERSION_H
#define OO_VERSION_H

#define OO_VERSION "0.1.0"

#endif
