// The commands of evalctl. Each takes the words after its name and returns the exit status: 0, 1 for a failure, 2 for wrong usage
// (which ends as misuse_status).
#pragma once
#include <span>
#include <string>

namespace evalctl::cli {

using Words = std::span<const std::string>;

int run_eval(Words words);
int run_nix_eval(Words words);
int run_flake(Words words);
int run_nix_flake(Words words);
int run_nix(Words words);
int run_nix_build(Words words);
int run_nix_develop(Words words);
int run_nix_path_info(Words words);
int run_nix_config_show(Words words);
int run_classic_build(Words words);
// Whatever else: by the real `nix`.
int run_real_nix(Words words);
int run_nix_instantiate(Words words);
int run_dump(Words words);
int run_graph(Words words);
int run_derivation(Words words);
int run_show_derivation(Words words);
int run_instantiate(Words words);
int run_diff(Words words);
int run_why(Words words);
int run_explain(Words words);
int run_jobs(Words words);
int run_nix_eval_jobs(Words words);
int run_lsp(Words words);
int run_cache(Words words);
int run_fmt(Words words);
int run_nixfmt(Words words);

}  // namespace evalctl::cli
