// Percolation by Lucene's memory index: a post becomes an index of one document, and the queries that share a covering
// term with it are run against it. Reads queries and posts from a file, then answers commands on standard input.
//
//   java -cp lucene-core.jar:lucene-memory.jar Percolator.java FILE
//
// FILE has lines of `Q<tab>covering terms<tab>query` and `P<tab>key position key position …`. A command is
// `first count`; the answer is `nanoseconds candidates matches`, CPU time of this thread.

import java.io.*;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.*;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.memory.MemoryIndex;
import org.apache.lucene.search.*;
import org.apache.lucene.search.spans.*;

public class Percolator {
    static final String FIELD = "f";

    static final class Keys extends TokenStream {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final PositionIncrementAttribute step = addAttribute(PositionIncrementAttribute.class);
        private String[] keys;
        private int[] positions;
        private int next, before;

        void of(String[] keys, int[] positions) {
            this.keys = keys;
            this.positions = positions;
        }

        @Override
        public void reset() {
            next = 0;
            before = 0;
        }

        @Override
        public boolean incrementToken() {
            if (next == keys.length) return false;
            clearAttributes();
            term.append(keys[next]);
            step.setPositionIncrement(positions[next] - before);
            before = positions[next++];
            return true;
        }
    }

    static final class Reader {
        private final String[] parts;
        private int at;

        Reader(String text) {
            parts = text.split(" ");
        }

        Query query() {
            String kind = parts[at++];
            switch (kind) {
                case "phrase":
                    return phrase();
                case "near":
                    return new SpanWrap(near());
                case "not": {
                    BooleanQuery.Builder made = new BooleanQuery.Builder();
                    made.add(new MatchAllDocsQuery(), BooleanClause.Occur.FILTER);
                    made.add(query(), BooleanClause.Occur.MUST_NOT);
                    return made.build();
                }
                default: {
                    int count = Integer.parseInt(parts[at++]);
                    BooleanQuery.Builder made = new BooleanQuery.Builder();
                    for (int i = 0; i < count; i++) {
                        boolean negative = kind.equals("and") && parts[at].equals("not");
                        if (negative) at++;
                        made.add(
                            query(),
                            negative
                                ? BooleanClause.Occur.MUST_NOT
                                : kind.equals("and") ? BooleanClause.Occur.FILTER : BooleanClause.Occur.SHOULD);
                    }
                    return made.build();
                }
            }
        }

        private Query phrase() {
            int count = Integer.parseInt(parts[at++]);
            if (count == 1) {
                Term term = new Term(FIELD, parts[at]);
                boolean beginning = parts[at + 1].equals("*");
                at += 3;
                return beginning ? new PrefixQuery(term) : new TermQuery(term);
            }
            boolean plain = true;
            for (int i = 0; i < count; i++) plain &= !parts[at + 3 * i + 1].equals("*");
            if (!plain) return new SpanWrap(spans(count));
            PhraseQuery.Builder made = new PhraseQuery.Builder();
            int position = 0;
            for (int i = 0; i < count; i++) {
                made.add(new Term(FIELD, parts[at]), position);
                position += Integer.parseInt(parts[at + 2]);
                at += 3;
            }
            return made.build();
        }

        private SpanQuery spans(int count) {
            SpanQuery[] made = new SpanQuery[count];
            for (int i = 0; i < count; i++) {
                Term term = new Term(FIELD, parts[at]);
                made[i] = parts[at + 1].equals("*")
                    ? new SpanMultiTermQueryWrapper<>(new PrefixQuery(term))
                    : new SpanTermQuery(term);
                at += 3;
            }
            return count == 1 ? made[0] : new SpanNearQuery(made, 0, true);
        }

        private SpanQuery near() {
            int slack = Integer.parseInt(parts[at++]);
            boolean ordered = parts[at++].equals("1");
            return new SpanNearQuery(several(), slack, ordered);
        }

        private SpanQuery[] several() {
            SpanQuery[] made = new SpanQuery[Integer.parseInt(parts[at++])];
            for (int i = 0; i < made.length; i++) made[i] = span();
            return made;
        }

        private SpanQuery span() {
            switch (parts[at++]) {
                case "phrase":
                    return spans(Integer.parseInt(parts[at++]));
                case "near":
                    return near();
                default:
                    return new SpanOrQuery(several());
            }
        }
    }

    // Marks span queries, which are run as they are.
    static final class SpanWrap extends Query {
        final SpanQuery inner;

        SpanWrap(SpanQuery inner) {
            this.inner = inner;
        }

        @Override
        public Query rewrite(org.apache.lucene.index.IndexReader reader) {
            return inner;
        }

        @Override
        public String toString(String field) {
            return inner.toString(field);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof SpanWrap && ((SpanWrap) other).inner.equals(inner);
        }

        @Override
        public int hashCode() {
            return inner.hashCode();
        }
    }

    public static void main(String[] arguments) throws Exception {
        List<Query> queries = new ArrayList<>();
        Map<String, List<Integer>> covering = new HashMap<>();
        TreeSet<Integer> lengths = new TreeSet<>();
        List<String[]> keys = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        try (BufferedReader file = new BufferedReader(
                new InputStreamReader(new FileInputStream(arguments[0]), StandardCharsets.UTF_8))) {
            for (String line = file.readLine(); line != null; line = file.readLine()) {
                String[] columns = line.split("\t", -1);
                if (columns[0].equals("Q")) {
                    for (String key : columns[1].split(" ")) {
                        covering.computeIfAbsent(key, unused -> new ArrayList<>()).add(queries.size());
                        if (key.endsWith("*") && key.length() > 1) lengths.add(key.length() - 1);
                    }
                    queries.add(new Reader(columns[2]).query());
                } else {
                    String[] parts = columns[1].isEmpty() ? new String[0] : columns[1].split(" ");
                    String[] words = new String[parts.length / 2];
                    int[] places = new int[words.length];
                    for (int i = 0; i < words.length; i++) {
                        words[i] = parts[2 * i];
                        places[i] = Integer.parseInt(parts[2 * i + 1]);
                    }
                    keys.add(words);
                    positions.add(places);
                }
            }
        }
        int[] stems = lengths.stream().mapToInt(Integer::intValue).toArray();
        var clock = ManagementFactory.getThreadMXBean();
        MemoryIndex index = new MemoryIndex();
        Keys stream = new Keys();
        int[] marks = new int[queries.size()];
        int mark = 0;
        System.out.println("ready " + queries.size());
        System.out.flush();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] command = line.split(" ");
            int first = Integer.parseInt(command[0]), count = Integer.parseInt(command[1]);
            long candidates = 0, matches = 0;
            long start = clock.getCurrentThreadCpuTime();
            for (int i = 0; i < count; i++) {
                int post = (first + i) % keys.size();
                String[] words = keys.get(post);
                mark++;
                IndexSearcher searcher = null;
                for (String word : words) {
                    for (int stem = -1; stem < stems.length; stem++) {
                        if (stem >= 0 && stems[stem] > word.length()) break;
                        List<Integer> found =
                            covering.get(stem < 0 ? word : word.substring(0, stems[stem]) + "*");
                        if (found == null) continue;
                        for (int query : found) {
                            if (marks[query] == mark) continue;
                            marks[query] = mark;
                            candidates++;
                            if (searcher == null) {
                                stream.of(words, positions.get(post));
                                index.reset();
                                index.addField(FIELD, stream);
                                searcher = index.createSearcher();
                                searcher.setQueryCache(null);
                            }
                            if (searcher.count(queries.get(query)) > 0) matches++;
                        }
                    }
                }
            }
            System.out.println((clock.getCurrentThreadCpuTime() - start) + " " + candidates + " " + matches);
            System.out.flush();
        }
    }
}
