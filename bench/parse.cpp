// The parser's speed.
//
//   bench_parse                          micro cases on text of its own (Google Benchmark)
//   bench_parse --corpus FOLDER [ROUNDS] every *.nix file below FOLDER, read first, then parsed ROUNDS times (5): MB/s
//                                        of CPU time, of the best round of each 512 files, for each stage, and what
//                                        was checked
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/corpus.h"
#include "parser/check.h"
#include "parser/lexer.h"
#include "parser/parse.h"
#include "parser/scopes.h"

namespace {

using namespace evalctl::parser;
using evalctl::bench::best_of;
using evalctl::bench::read_corpus;

constexpr std::string_view kGlobalNames[] = {"true", "false", "null", "builtins", "import", "map", "throw", "toString"};

// A module as people write them: formals, let, with, nested sets, strings of both kinds, lists, functions.
constexpr std::string_view kModule = R"nix({ config, lib, pkgs, ... }:

with lib;

let
  cfg = config.services.example;
  # Renders one host.
  render = name: { port ? 80, root, extra ? "" }: ''
    server ${name}:${toString port} {
      root ${root};
      ${optionalString (extra != "") extra}
    }
  '';
in {
  options.services.example = {
    enable = mkEnableOption "the example";
    hosts = mkOption {
      type = types.attrsOf types.attrs;
      default = { };
      description = "Hosts by name.";
    };
  };

  config = mkIf cfg.enable {
    environment.etc."example.conf".text = concatStrings (mapAttrsToList render cfg.hosts);
    systemd.services.example = rec {
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ optional (cfg.hosts ? main) "main.service";
      serviceConfig.ExecStart = "${pkgs.example}/bin/example --port ${toString (8000 + 80)}";
    };
  };
}
)nix";

const Globals& globals() {
  static const Globals globals(kGlobalNames);
  return globals;
}

void bench_lex(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<Diagnostic> diagnostics;
    Significant significant;
    benchmark::DoNotOptimize(Lexer(kModule, diagnostics).run(significant));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kModule.size()));
}

void bench_parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse(kModule));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kModule.size()));
}

void bench_resolve(benchmark::State& state) {
  ParseResult result = parse(kModule);
  for (auto _ : state) benchmark::DoNotOptimize(resolve(result.tree, globals()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kModule.size()));
}

BENCHMARK(bench_lex);
BENCHMARK(bench_parse);
BENCHMARK(bench_resolve);

bool is_lossless(const std::string& text) {
  Tree tree = parse(text).tree;
  std::string joined;
  for (std::uint32_t i = 0; i < tree.token_count(); ++i) joined += tree.token_text({i});
  return joined == text;
}

int measure_corpus(const std::string& folder, int rounds) {
  std::vector<std::string> texts = read_corpus(folder);
  std::size_t bytes = 0, rejected = 0, lossy = 0, nodes = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
    ParseResult result = parse(text);
    nodes += result.tree.node_count();
    rejected += !result.diagnostics.empty();
    lossy += !is_lossless(text);
  }
  double megabytes = static_cast<double>(bytes) / 1e6;
  fmt::print("{} files, {:.1f} MB, {} nodes, {} rejected, {} not lossless\n", texts.size(), megabytes, nodes, rejected, lossy);
  auto show = [&](const char* stage, double seconds) { fmt::print("{:<15} {:7.1f} MB/s\n", stage, megabytes / seconds); };
  show("lex", best_of(texts, rounds, [](const std::string& text) {
    std::vector<Diagnostic> diagnostics;
    Significant significant;
    benchmark::DoNotOptimize(Lexer(text, diagnostics).run(significant));
  }));
  show("parse", best_of(texts, rounds, [](const std::string& text) { benchmark::DoNotOptimize(parse(text)); }));
  show("parse, resolve", best_of(texts, rounds, [](const std::string& text) {
    ParseResult result = parse(text);
    benchmark::DoNotOptimize(resolve(result.tree, globals()));
  }));
  return lossy == 0 && !texts.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "--corpus") {
    return measure_corpus(argv[2], argc >= 4 ? std::max(1, std::atoi(argv[3])) : 5);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
