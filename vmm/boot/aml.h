/*
 * aml.h: what the DSDT says, in ACPI's machine language.
 *
 * Source: ACPI Specification, "ACPI Machine Language (AML) Specification", "Resource Data Types for ACPI".
 */
#ifndef VMM_BOOT_AML_H
#define VMM_BOOT_AML_H

#include <stdint.h>

#define AML_SIZE_MAX 1024u

/*
 * Sleep state S5, and for each bit i of virtio the device in slot i of device/virtio/slot.h, as Linux looks for it
 * ("LNRO0005"): its page of registers and its interrupt, level-triggered, active high. How many bytes it takes.
 */
unsigned aml_build(uint8_t code[AML_SIZE_MAX], uint32_t virtio);

#endif
