#include "stdlib/flakes/grammar.h"

#include <boost/spirit/home/x3.hpp>

namespace evalctl::stdlib {
namespace {

namespace x3 = boost::spirit::x3;
using x3::alnum;
using x3::alpha;
using x3::char_;
using x3::eoi;
using x3::lit;
using x3::raw;
using x3::repeat;
using x3::xdigit;

// RFC 3986.
const auto percent_encoded = lit('%') >> xdigit >> xdigit;
const auto unreserved = alnum | char_("-._~");
const auto sub_delimiter = char_("!$&'()*+,;=");
const auto path_character = unreserved | percent_encoded | sub_delimiter | char_(":@");
const auto scheme = alpha >> *(alnum | char_("+.-"));
const auto authority = *(unreserved | percent_encoded | sub_delimiter | char_(":@[]"));
const auto path = *(path_character | char_('/'));
const auto query = *(path_character | char_("/?"));
const auto fragment = query;
// What Nix also takes unencoded.
const auto lenient_query = *(path_character | char_("/? \""));
const auto lenient_fragment = *(path_character | char_("/? \"^"));

const auto flake_id = alpha >> *(alnum | char_("_-"));
const auto ref = (alnum | char_('@')) >> *(alnum | char_("_./@+-"));
const auto revision = repeat(40)[xdigit];

const auto output_name = +(alnum | char_("+._?=-"));
// An attribute name between dots: quoted, or anything without a quote.
const auto quoted_name = lit('"') >> *(char_ - '"') >> lit('"');
const auto plain_name = *(char_ - '.' - '"');
const auto attribute_name = quoted_name | plain_name;

// A parser that stores the text it matched.
template <class Parser>
auto text_of(const Parser& parser, std::string& target) {
  return raw[parser][([&target](auto& context) {
    auto range = x3::_attr(context);
    target.assign(range.begin(), range.end());
  })];
}

template <class Parser>
bool matches(std::string_view text, const Parser& parser) {
  auto begin = text.begin();
  return x3::parse(begin, text.end(), parser >> eoi);
}

template <class QueryParser, class FragmentParser>
bool url_matches(std::string_view text, UrlParts& out, const QueryParser& query_parser, const FragmentParser& fragment_parser) {
  auto note_authority = [&](auto&) { out.has_authority = true; };
  auto rest = text_of(path, out.path) >> -(lit('?') >> text_of(query_parser, out.query)) >> -(lit('#') >> text_of(fragment_parser, out.fragment));
  auto after_authority = &(lit('/') | lit('?') | lit('#') | eoi);
  auto with_authority = lit("//")[note_authority] >> text_of(authority, out.authority) >> after_authority >> rest;
  return matches(text, text_of(scheme, out.scheme) >> ':' >> (with_authority | (!lit("//") >> rest)));
}

}  // namespace

std::optional<UrlParts> match_url(std::string_view text, bool lenient) {
  UrlParts parts;
  bool ok = lenient ? url_matches(text, parts, lenient_query, lenient_fragment) : url_matches(text, parts, query, fragment);
  return ok ? std::optional(std::move(parts)) : std::nullopt;
}

std::optional<FlakeIdParts> match_flake_id(std::string_view text) {
  FlakeIdParts parts;
  auto grammar = text_of(flake_id >> -(lit('/') >> ref), parts.path) >> -(lit('#') >> text_of(lenient_fragment, parts.fragment));
  return matches(text, grammar) ? std::optional(std::move(parts)) : std::nullopt;
}

PathParts match_path(std::string_view text) {
  PathParts parts;
  auto path_text = *(char_ - '?' - '#');
  auto query_text = *(char_ - '#');
  matches(text, text_of(path_text, parts.path) >> -(lit('?') >> text_of(query_text, parts.query)) >> -(lit('#') >> text_of(*char_, parts.fragment)));
  return parts;
}

bool is_flake_id(std::string_view text) { return matches(text, flake_id); }
bool is_revision(std::string_view text) { return matches(text, revision); }

// The rules of git-check-ref-format, without the one that asks for a slash.
bool is_legal_ref(std::string_view text) {
  if (text.empty() || text == "@" || text.starts_with('/') || text.ends_with('/') || text.ends_with('.')) return false;
  if (text.starts_with('-') || text.contains("..") || text.contains("//") || text.contains("@{")) return false;
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || std::string_view("~^:?*[\\").contains(c)) return false;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find('/', begin), text.size());
    std::string_view component = text.substr(begin, end - begin);
    if (component.starts_with('.') || component.ends_with(".lock")) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<InstallableParts> match_installable(std::string_view text) {
  InstallableParts parts;
  // A caret inside of a quoted attribute name is none that begins outputs: what follows the last one decides.
  std::size_t caret = text.rfind('^');
  if (caret == text.npos || text.find('"', caret) != text.npos) {
    parts.reference = text;
    return parts;
  }
  parts.reference = text.substr(0, caret);
  auto add = [&](auto& context) {
    auto range = x3::_attr(context);
    parts.outputs.emplace_back(range.begin(), range.end());
  };
  auto one = raw[output_name][add];
  auto all = raw[lit('*')][add];
  if (!matches(text.substr(caret + 1), all | (one % ','))) return std::nullopt;
  return parts;
}

std::optional<std::vector<std::string>> match_attribute_path(std::string_view text) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  std::string name;
  auto add = [&](auto&) {
    bool quoted = name.size() >= 2 && name.starts_with('"');
    names.push_back(quoted ? name.substr(1, name.size() - 2) : name);
  };
  auto one = text_of(attribute_name, name)[add];
  if (!matches(text, one % '.')) return std::nullopt;
  return names;
}

}  // namespace evalctl::stdlib
