//===- start.cpp - entry of a compiled program ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Replaces crt1, crti, crtbegin, crtend and crtn, so that programs are linked
// from nothing but our own resource folder.
//===----------------------------------------------------------------------===//
//
// x86-64 System V: at entry rdx holds the dynamic linker's exit function and
// the stack argc, argv and the environment. glibc runs constructors itself
// since 2.34, so the init and fini arguments are null.
//
//===----------------------------------------------------------------------===//

extern "C" {
/// Names the module to __cxa_atexit; an executable's is null.
__attribute__((visibility("hidden"))) void *__dso_handle = nullptr;
}

asm(R"(
    .text
    .globl _start
    .hidden _start
    .type _start, @function
_start:
    .cfi_startproc
    .cfi_undefined rip
    xor %ebp, %ebp
    mov %rdx, %r9
    mov (%rsp), %esi
    lea 8(%rsp), %rdx
    and $-16, %rsp
    push %rax
    push %rsp
    xor %r8d, %r8d
    xor %ecx, %ecx
    lea main(%rip), %rdi
    call *__libc_start_main@GOTPCREL(%rip)
    hlt
    .cfi_endproc
    .size _start, . - _start
)");
