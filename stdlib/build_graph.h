// What building a derivation takes, drawn: for who has evaluated it and holds no more than its path.
#pragma once
#include <cstddef>
#include <string>

#include "base/result.h"
#include "store/graph.h"

namespace evalctl::stdlib {

class World;

// Reads the derivations that were made in `world`, those that are not in the store by World::hashes' keep_texts alone.
store::GraphReader graph_reader(World& world);

struct BuildGraph {
  // All derivations, itself included; those of them whose output's hash is known beforehand, which are downloads; files.
  std::size_t derivations = 0, downloads = 0, sources = 0;
  // A drawing in SVG, of as much as is readable.
  std::string drawing;
};

// Of a derivation that was evaluated in `world`; see graph_reader. Nothing is built and nothing is written.
base::Result<BuildGraph> build_graph_of(World& world, const std::string& drv_path);

}  // namespace evalctl::stdlib
