import time, random
import pytest
from django.db import connection
from customers.segments import tree
from customers.segments.sql import sql, every, some, join, Sql
from tests.customers import segment_world
from tests.customers.segment_world import AT
from customers.models import Customer
from customers.segments.tree import Leaf

def tst(node, at):
    if isinstance(node, Leaf):
        return node.condition.probe_sql(node.params, at)
    tests=[tst(c,at) for c in node.nodes]
    if node.kind=="all": return every(tests)
    if node.kind=="any": return some(tests)
    return sql("NOT ({})", some(tests))
L=lambda c,**p: {"condition":c,"params":p}
def rules(n):
    r=random.Random(1)
    out=[]
    for i in range(n):
        out.append({"all":[L("language",languages=["de"]),
          {"any":[L("orders_count",operator="at_least",number=r.randint(1,8),window="days",days=r.randint(10,300)),
                  L("revenue",operator="at_least",number=r.randint(1,1000),window="all")]},
          {"none":[L("bought_category",categories=[str(__import__("customers").models.Category.objects.first().pk)],times=1,window="days",days=90), L("consent",state="withdrew",purpose="sending",channel="email",topic="")]}]})
    return out
def test_plan(db):
    segment_world.build()
    with connection.cursor() as c: c.execute("ANALYZE")
    t=time.perf_counter(); nodes=[]
    for r in rules(100):
        x=tree.read(r); assert not x.faults, x.faults; nodes.append(x.node)
    print("read 100", time.perf_counter()-t)
    t=time.perf_counter(); tests=[tst(n,AT) for n in nodes]; print("tests 100", time.perf_counter()-t)
    ids=list(Customer.objects.values_list("id",flat=True))
    for form in ("array","columns"):
      for n in (1,50):
        for k in range(3):
          if form=="array":
            body=join(", ",[sql("CASE WHEN {} THEN {} END",x,Sql(str(i))) for i,x in enumerate(tests)])
            s=sql("SELECT c.id, array_remove(ARRAY[{}], NULL) FROM customers_customer c WHERE c.id = ANY({}) ",body,ids[:n])
          else:
            s=sql("SELECT c.id, {} FROM customers_customer c WHERE c.id = ANY({}) ",join(", ",tests),ids[:n])
          with connection.cursor() as c:
            t=time.perf_counter(); c.execute(s.text,s.params); a=c.fetchall(); print(form,n,"exec",time.perf_counter()-t, len(s.text))
            t=time.perf_counter(); m=c.cursor.mogrify(s.text.encode(), s.params) if hasattr(c.cursor,'mogrify') else None; print("mogrify",time.perf_counter()-t)
          if k==2:
            with connection.cursor() as c:
              c.execute("EXPLAIN (ANALYZE, SUMMARY) "+s.text,s.params); rows=[r[0] for r in c.fetchall()]; print(rows[-2:], len(rows))
    with connection.cursor() as c:
      q=c.cursor.mogrify(s.text.encode(), s.params)
      c.execute("PREPARE x AS "+q.replace('%','%%') if '%' in q else "PREPARE x AS "+q)
      for k in range(8):
        t=time.perf_counter(); c.execute("EXECUTE x"); c.fetchall(); print("EXECUTE", time.perf_counter()-t)
def test_leaves(db):
    import psycopg, json
    segment_world.build()
    with connection.cursor() as c: c.execute("ANALYZE")
    nodes=[tree.read(r).node for r in rules(100)]
    leaves={}
    for n in nodes:
        for l in tree.leaves(n):
            leaves.setdefault(json.dumps([l.condition.key,l.stored],sort_keys=True), l)
    print("distinct", len(leaves))
    probes=[l.condition.probe_sql(l.params,AT) for l in leaves.values()]
    ids=list(Customer.objects.values_list("id",flat=True))
    for n in (1,50):
        s=sql("SELECT {} FROM customers_customer c WHERE c.id = ANY({})", join(", ",[sql("array_agg(c.id) FILTER (WHERE {})",p) for p in probes]), ids[:n])
        print(len(s.text), len(s.params))
        for k in range(3):
          with connection.cursor() as c:
            t=time.perf_counter(); c.execute(s.text,s.params); a=c.fetchall(); print("client",n,"exec",time.perf_counter()-t)
        cur=psycopg.Cursor(connection.connection)
        cur.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for k in range(5):
            t=time.perf_counter(); cur.execute(s.text,s.params,prepare=True); b=cur.fetchall(); print("prepared",n,time.perf_counter()-t, [tuple(map(lambda x: sorted(x or []),a[0]))]==[tuple(map(lambda x: sorted(x or []),b[0]))])
        from psycopg._queries import PostgresQuery
        from psycopg.adapt import Transformer
        t=time.perf_counter(); q=PostgresQuery(Transformer(connection.connection)); q.convert(s.text,s.params); print("convert", time.perf_counter()-t)
    for form in ("agg","bool","union"):
      s=(sql("SELECT {} FROM customers_customer c WHERE c.id = ANY({})", join(", ",[sql("array_agg(c.id) FILTER (WHERE {})",p) for p in probes]), ids[:1]) if form=="agg" else
         sql("SELECT c.id, {} FROM customers_customer c WHERE c.id = ANY({})", join(", ",probes), ids[:1]) if form=="bool" else
         sql("WITH c AS MATERIALIZED (SELECT * FROM customers_customer c WHERE c.id = ANY({})) {}", ids[:1], join(" UNION ALL ",[sql("SELECT {}, c.id FROM c WHERE {}",Sql(str(i)),p) for i,p in enumerate(probes)])))
      with connection.cursor() as c:
        for k in range(3):
            t=time.perf_counter(); c.execute(s.text,s.params); a=c.fetchall(); print(form,"exec",time.perf_counter()-t)
        c.execute("EXPLAIN (ANALYZE, SUMMARY) "+s.text,s.params); rows=[r[0] for r in c.fetchall()]; print(rows[-2:], len(rows))
        s1=sql("SELECT 1"); t=time.perf_counter(); c.execute("SELECT 1"); c.fetchall(); print("ping", time.perf_counter()-t)
