{ config, lib, ... }:
{
  options.site.name = lib.mkOption {
    type = lib.types.str;
    default = "a";
    defaultText = lib.literalExpression "what {option}`site.host` is";
    description = ''
      See {manpage}`site(5)`, {file}`/etc/site` and [the guide](https://example.org/guide).
      Like [](#opt-site.host) and [hosts](#sec-hosts); `{file}` stays.

      ::: {.note}
      Not in the store.
      :::

      ```
      {file}`as it is`
      ```
    '';
  };
  options.site.host = lib.mkOption {
    type = lib.types.str;
    default = "b";
    description = ''
      The <literal>a &lt; b</literal> of
      <citerefentry><refentrytitle>site</refentrytitle><manvolnum>5</manvolnum></citerefentry>.
      <itemizedlist>
        <listitem><para>see <xref linkend="opt-site.name"/></para></listitem>
        <listitem><para>and <link xlink:href="https://example.org">there</link></para></listitem>
      </itemizedlist>
      <note><para>Not now.</para></note>
    '';
  };
  config.site.name = "c";
#             ^^^^ hover: See `site(5)`, `/etc/site` and [the guide](https://example.org/guide).\nLike `site.host` and hosts; `{file}` stays.
#             ^^^^ hover: > **Note**\n>\n> Not in the store.
#             ^^^^ hover: ```\n{file}`as it is`\n```
#             ^^^^ hover: Default: what `site.host` is
  config.site.host = "d";
#             ^^^^ hover: The `a < b` of\n`site(5)`.
#             ^^^^ hover: \n- see `site.name`\n
#             ^^^^ hover: \n- and [there](https://example.org)\n
#             ^^^^ hover: **Note:** Not now.
}
