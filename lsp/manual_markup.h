// The markup of the manuals of nixpkgs, as descriptions of options and comments on functions have it.
//
//   {file}`/etc/hosts`   :::{.note} ... :::   [](#opt-boot.isContainer)   []{#anchor}     since 2022
//   <literal>a</literal>   <para>...</para>   <xref linkend="opt-boot.isContainer"/>      before: DocBook
#pragma once
#include <string>
#include <string_view>

namespace evalctl::lsp {

// As plain Markdown, which editors show. Code is left as it is; what is no markup of either kind, too.
std::string from_manual(std::string_view text);

}  // namespace evalctl::lsp
