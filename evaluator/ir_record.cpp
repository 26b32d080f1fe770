#include "evaluator/ir_record.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "evaluator/known_symbol.h"
#include "evaluator/permanent.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

struct Counts {
  std::uint32_t nodes, extra, functions, formals, parameters, names, name_bytes, line_bytes, text_bytes, source_bytes;

  std::size_t total() const {
    return sizeof *this + nodes * sizeof(IrNode) + (std::size_t{extra} + 2 * names) * sizeof(std::uint32_t) + functions * sizeof(IrFunction) +
           formals * sizeof(IrFormal) + parameters * sizeof(IrParameter) + name_bytes + line_bytes + text_bytes;
  }
};
static_assert(sizeof(Counts) % alignof(std::uint64_t) == 0);

// Takes one part of a record after the other.
class Reader {
 public:
  explicit Reader(std::string_view record) : at_(record.data() + sizeof(Counts)) {
    std::memcpy(&counts, record.data(), sizeof counts);
  }
  template <class T>
  std::span<const T> take(std::uint32_t count) {
    auto* first = reinterpret_cast<const T*>(at_);
    at_ += count * sizeof(T);
    return {first, count};
  }
  std::string_view take_text(std::uint32_t bytes) {
    auto all = take<char>(bytes);
    return {all.data(), all.size()};
  }
  Counts counts;

 private:
  const char* at_;
};

struct Parts {
  explicit Parts(std::string_view record) : in(record) {
    const Counts& c = in.counts;
    nodes = in.take<IrNode>(c.nodes);
    extra = in.take<std::uint32_t>(c.extra);
    functions = in.take<IrFunction>(c.functions);
    formals = in.take<IrFormal>(c.formals);
    parameters = in.take<IrParameter>(c.parameters);
    name_ends = in.take<std::uint32_t>(c.names);
    name_hashes = in.take<std::uint32_t>(c.names);
    names = in.take_text(c.name_bytes);
    lines = in.take_text(c.line_bytes);
    text = in.take_text(c.text_bytes);
  }
  Reader in;
  std::span<const IrNode> nodes;
  std::span<const std::uint32_t> extra;
  std::span<const IrFunction> functions;
  std::span<const IrFormal> formals;
  std::span<const IrParameter> parameters;
  std::span<const std::uint32_t> name_ends, name_hashes;
  std::string_view names, lines, text;
};

template <class Item>
void append(std::string& out, std::span<const Item> items) {
  out.append(reinterpret_cast<const char*>(items.data()), items.size_bytes());
}

// The same with names as indices.
template <class Item>
void append_named(std::string& out, std::span<const Item> items, std::span<const Symbol> names) {
  for (Item item : items) {
    auto found = std::ranges::lower_bound(names, item.name.id, {}, [](Symbol s) { return s.id; });
    item.name.id = static_cast<std::uint32_t>(found - names.begin());
    append(out, std::span<const Item>(&item, 1));
  }
}

template <class Item>
std::span<const Item> with_symbols(std::span<const Item> items, std::span<const Symbol> names) {
  auto* made = static_cast<Item*>(allocate_permanent(items.size_bytes()));
  std::ranges::copy(items, made);
  for (std::size_t i = 0; i < items.size(); ++i) made[i].name = names[made[i].name.id];
  return {made, items.size()};
}

}  // namespace

bool append_record(std::string& out, const Ir& ir, std::string_view source) {
  constexpr std::size_t kMost = std::size_t{1} << 28;
  if (source.size() >= kMost) return false;
  std::string lines = line_lengths(source), names;
  std::vector<std::uint32_t> ends, hashes;
  for (Symbol s : ir.names) {
    names += text_of(s);
    ends.push_back(static_cast<std::uint32_t>(names.size()));
    hashes.push_back(symbol_hash(text_of(s)));
  }
  auto number = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  Counts counts{number(ir.nodes.size()), number(ir.extra.size()), number(ir.functions.size()), number(ir.formals.size()),
                number(ir.parameters.size()), number(ends.size()), number(names.size()), number(lines.size()), number(ir.text.size()),
                number(source.size())};
  out.reserve(out.size() + counts.total());
  append(out, std::span<const Counts>(&counts, 1));
  append(out, ir.nodes);
  append(out, ir.extra);
  append(out, ir.functions);
  append_named(out, ir.formals, ir.names);
  append_named(out, ir.parameters, ir.names);
  append(out, std::span<const std::uint32_t>(ends));
  append(out, std::span<const std::uint32_t>(hashes));
  out += names;
  out += lines;
  out += ir.text;
  return true;
}

std::unique_ptr<const Ir> ir_of_record(std::string_view record) {
  if (record.size() < sizeof(Counts) || Reader(record).counts.total() != record.size()) return nullptr;
  Parts parts(record);
  auto* names = static_cast<Symbol*>(allocate_permanent(parts.name_ends.size() * sizeof(Symbol)));
  names[0] = {};
  for (std::size_t i = 1; i < parts.name_ends.size(); ++i)
    names[i] = intern_hashed(parts.names.substr(parts.name_ends[i - 1], parts.name_ends[i] - parts.name_ends[i - 1]), parts.name_hashes[i]);
  auto ir = std::make_unique<Ir>();
  ir->names = {names, parts.name_ends.size()};
  ir->nodes = parts.nodes;
  ir->extra = parts.extra;
  ir->functions = parts.functions;
  ir->formals = with_symbols(parts.formals, ir->names);
  ir->parameters = with_symbols(parts.parameters, ir->names);
  ir->text = parts.text;
  return ir;
}

namespace {

std::atomic<const RecordKeeper*> keeper_of_records{nullptr};

}  // namespace

void set_record_keeper(const RecordKeeper* keeper) { keeper_of_records.store(keeper); }

void count_function_read() {
  // Little of what is mapped by then is looked at soon, and mapping it again takes little time.
  constexpr std::uint32_t kMany = 1024;
  static std::atomic<std::uint32_t> count{0};
  if ((count.fetch_add(1, std::memory_order_relaxed) + 1) % kMany != 0) return;
  if (const RecordKeeper* keeper = keeper_of_records.load()) keeper->give_back();
}

std::size_t source_size_of_record(std::string_view record) { return Reader(record).counts.source_bytes; }

parser::LineIndex lines_of_record(std::string_view record) { return lines_of_lengths(Parts(record).lines); }

std::string line_lengths(std::string_view source) {
  std::string out;
  parser::LineIndex index(source);
  const std::vector<std::uint32_t>& starts = index.starts();
  for (std::size_t i = 1; i < starts.size(); ++i) {
    std::uint32_t length = starts[i] - starts[i - 1];
    for (; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
    out += static_cast<char>(length);
  }
  return out;
}

parser::LineIndex lines_of_lengths(std::string_view lengths) {
  std::vector<std::uint32_t> starts{0};
  std::uint32_t length = 0, shift = 0;
  for (char c : lengths) {
    auto byte = static_cast<unsigned char>(c);
    length |= (byte & 0x7fu) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    starts.push_back(starts.back() + length);
    length = shift = 0;
  }
  return parser::LineIndex(std::move(starts));
}

}  // namespace evalctl::evaluator
